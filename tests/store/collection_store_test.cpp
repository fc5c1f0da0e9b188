// What a listing makes of folders that an action is about.
#include "core/store/folder_write.hpp"
#include "store/account_fixture.hpp"

namespace hermod::testing {
namespace {

class Listings : public AccountFixture {
 protected:
  // Changes of that folder, in the log's order: 1 created, 2 updated, 3 deleted.
  std::string told(const std::string& folder) {
    return value(
        "SELECT string_agg(o.change::text, ' ' ORDER BY l.seq) FROM change_log l, unnest(l.objects, l.changes, l.object_ids)"
        " o (object, change, id) WHERE o.object = 3 AND o.id = '" +
        ids::to_uuid_text(states_.at(folder).collection_id) + "'");
  }
  void remove(const std::string& folder) {
    auto connection = database_.connect();
    ASSERT_TRUE(store::delete_folder(connection, grant_.account_id, states_.at(folder).collection_id));
  }
  std::string held() { return value("SELECT string_agg(path, ' ' ORDER BY path) FROM collections"); }
};

// The mailbox has done it and the answer was lost.
TEST_F(Listings, a_folder_that_an_action_deletes_is_told_as_deleted_once) {
  remove("Archive");
  ASSERT_EQ(told("Archive"), "1 3");
  listing_.pop_back();
  list();
  EXPECT_EQ(held(), "Archive INBOX");
  list();
  EXPECT_EQ(held(), "INBOX");
  EXPECT_EQ(told("Archive"), "1 3");
}

TEST_F(Listings, a_folder_that_an_action_deletes_is_not_told_as_updated) {
  remove("Archive");
  listing_.back().role = Role::none;
  list();
  EXPECT_EQ(value("SELECT role FROM collections WHERE path = 'Archive'"), std::to_string(static_cast<int>(Role::none)));
  auto connection = database_.connect();
  ASSERT_TRUE(store::set_reason(connection, lease_.account, states_.at("Archive"), R"({"kind": "denied"})"));
  EXPECT_EQ(told("Archive"), "1 3");
}

// It was deleted, and others below it were not.
TEST_F(Listings, a_folder_that_two_listings_tell_as_a_container_has_no_messages) {
  ASSERT_TRUE(ingest("Archive", {.kind = PageKind::snapshot, .items = {message("1", "first"), message("2", "second")}}));
  ASSERT_EQ(told("Archive"), "1 2");
  ASSERT_EQ(value("SELECT total_count || ' ' || phase FROM collections WHERE path = 'Archive'"), "2 live");
  listing_.back().rights = {};
  list();
  EXPECT_EQ(value("SELECT count(*) FROM placements"), "2");
  list();
  EXPECT_EQ(value("SELECT count(*) FROM placements"), "0");
  EXPECT_EQ(value("SELECT total_count || ' ' || phase FROM collections WHERE path = 'Archive'"), "0 initial");
  EXPECT_EQ(value("SELECT count(*) FROM messages WHERE orphaned_round IS NULL"), "0");
  EXPECT_EQ(told("Archive"), "1 2 2");
  listing_.back().rights = Rights::all();
  list();
  ASSERT_TRUE(ingest("Archive", {.kind = PageKind::snapshot, .items = {message("1", "first")}}));
  EXPECT_EQ(value("SELECT total_count || ' ' || phase FROM collections WHERE path = 'Archive'"), "1 live");
}

TEST_F(Listings, a_folder_is_told_as_deleted_when_two_listings_lack_it) {
  listing_.pop_back();
  list();
  EXPECT_EQ(told("Archive"), "1");
  list();
  EXPECT_EQ(told("Archive"), "1 3");
}

}  // namespace
}  // namespace hermod::testing
