// GET folders.
#include <gmock/gmock.h>

#include "api/api_fixture.hpp"

namespace hermod::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class FolderOf : public ApiFixture {
 protected:
  // Work / Deep / 2024, of which Work is a mere container.
  void list_tree() {
    Collection work = folder("Work", Role::none);
    work.rights = Rights{};
    Collection deep = folder("Work/Deep", Role::none);
    deep.name = "Deep";
    deep.parent.bytes = "Work";
    Collection year = folder("Work/Deep/2024", Role::none);
    year.name = "2024";
    year.parent.bytes = "Work/Deep";
    listing_.insert(listing_.end(), {work, deep, year, folder("Sent", Role::sent)});
    list();
  }
  std::vector<std::string> names(const std::string& query) { return get("G/folders" + query).all("path"); }
};

TEST_F(FolderOf, folder_has_counts_role_and_parent) {
  list_tree();
  deliver("INBOX", {{.uid = "1"}, {.uid = "2", .flags = 1}});
  const Answer inbox = get("G/folders/inbox");
  EXPECT_EQ(inbox.at("data.object"), "folder");
  EXPECT_EQ(inbox.at("data.grant_id"), grant_id());
  EXPECT_EQ(inbox.at("data.total_count"), "2");
  EXPECT_EQ(inbox.at("data.unread_count"), "1");
  EXPECT_EQ(inbox.at("data.system_folder"), "true");
  EXPECT_EQ(inbox.at("data.attributes[0]"), "\\Inbox");
  EXPECT_FALSE(inbox.json->getObject("data")->has("parent_id"));
  const Answer deep = get("G/folders/Work%2FDeep");
  EXPECT_EQ(deep.at("data.name"), "Deep");
  EXPECT_EQ(deep.at("data.parent_id"), folder_id("Work"));
  EXPECT_EQ(deep.at("data.child_count"), "1");
  EXPECT_EQ(deep.at("data.system_folder"), "false");
  EXPECT_EQ(get("G/folders/Work").at("data.attributes[0]"), "\\Noselect");
  EXPECT_EQ(get("G/folders/sent").at("data.attributes[0]"), "\\Sent");
}

TEST_F(FolderOf, is_found_by_id_role_and_path) {
  list_tree();
  const std::string id = folder_id("Work/Deep/2024");
  EXPECT_EQ(get("G/folders/" + id).at("data.id"), id);
  EXPECT_EQ(get("G/folders/Work%2FDeep%2F2024?include_hidden_folders=true").at("data.id"), id);
  EXPECT_EQ(get("G/folders/archive").at("data.id"), folder_id("Archive"));
  EXPECT_EQ(get("G/folders/INBOX").at("data.id"), folder_id("INBOX"));
  EXPECT_EQ(get("G/folders/Nowhere").at("error.type"), "api.not_found_error");
}

TEST_F(FolderOf, lists_by_parent_and_level) {
  list_tree();
  EXPECT_EQ(names("").size(), 6u);
  EXPECT_THAT(names("?single_level=true"), UnorderedElementsAre("INBOX", "Archive", "Work", "Sent"));
  EXPECT_THAT(names("?parent_id=" + folder_id("Work")), UnorderedElementsAre("Work/Deep", "Work/Deep/2024"));
  EXPECT_THAT(names("?single_level=true&parent_id=" + folder_id("Work")), ElementsAre("Work/Deep"));
  EXPECT_THAT(names("?parent_id=P&include_hidden_folders=true"), IsEmpty());
  EXPECT_EQ(get("G/folders?single_level=perhaps").status, 400);
  EXPECT_EQ(get("G/folders?select=id").json->getArray("data")->getObject(0)->size(), 1u);
}

// A server that lists folders as each other's parents must not hang the reader.
TEST_F(FolderOf, circle_of_parents_ends) {
  Collection one = folder("one", Role::none), two = folder("two", Role::none);
  one.parent.bytes = "two";
  two.parent.bytes = "one";
  listing_.insert(listing_.end(), {one, two});
  list();
  EXPECT_THAT(names("?parent_id=" + folder_id("one")), UnorderedElementsAre("one", "two"));
}

}  // namespace
}  // namespace hermod::testing
