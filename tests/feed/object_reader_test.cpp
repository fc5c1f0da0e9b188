// read_objects(): what the find calls answer, batched.
#include <gmock/gmock.h>

#include "api/api_fixture.hpp"
#include "server/feed/object_reader.hpp"

namespace hermod::testing {
namespace {

using store::ObjectType;

class ObjectsOf : public ApiFixture {
 protected:
  std::vector<std::optional<std::string>> read(const std::vector<server::ObjectRef>& wanted) {
    auto connection = database_.connect();
    auto objects = server::read_objects(connection, grant_.account_id, wanted);
    EXPECT_TRUE(objects) << objects.error().detail;
    return objects ? std::move(*objects) : std::vector<std::optional<std::string>>();
  }
  // `data` of an answer, as text.
  static std::string data_of(const Answer& answer) {
    const std::size_t start = answer.body.find("\"data\":") + 7;
    return answer.body.substr(start, answer.body.size() - start - 1);
  }
  static ids::ObjectId id(const std::string& text) {
    return ids::parse_public(text).value_or(ids::ObjectId{});
  }
};

// No second form: byte for byte what GET of the object says, body included.
TEST_F(ObjectsOf, objects_are_what_find_answers) {
  deliver("INBOX", {{.uid = "1", .subject = "one", .attachment = "text"}});
  const std::string message = message_id("one");
  const std::string thread = get("G/messages/" + message).at("data.thread_id");
  const std::string inbox = folder_id("INBOX");
  const auto objects = read({{ObjectType::message, id(message)},
                             {ObjectType::thread, id(thread)},
                             {ObjectType::folder, id(inbox)}});
  ASSERT_EQ(objects.size(), 3u);
  EXPECT_EQ(objects[0], data_of(get("G/messages/" + message)));
  EXPECT_EQ(objects[1], data_of(get("G/threads/" + thread)));
  EXPECT_EQ(objects[2], data_of(get("G/folders/" + inbox)));
  EXPECT_NE(objects[0]->find("body of 1"), std::string::npos);
}

TEST_F(ObjectsOf, drafts_are_what_find_answers) {
  listing_.push_back(folder("Drafts", Role::drafts));
  list();
  const Answer made = post(
      "G/drafts", R"({"subject": "draft", "body": "b", "custom_headers": [{"name": "X-A", "value": "1"}]})");
  ASSERT_EQ(made.status, 200) << made.body;
  const std::string draft = made.at("data.id");
  const auto objects = read({{ObjectType::draft, id(draft)}});
  EXPECT_EQ(objects.at(0), data_of(get("G/drafts/" + draft)));
}

// In the order asked, each as often as asked, nothing where nothing is.
TEST_F(ObjectsOf, order_is_the_one_asked_for) {
  std::vector<Mail> mails;
  std::vector<std::string> subjects;
  for (int i = 0; i < 450; ++i)
    mails.push_back({.uid = std::to_string(i + 1), .subject = "s" + std::to_string(i)});
  deliver("INBOX", mails);
  std::vector<server::ObjectRef> wanted;
  auto connection = database_.connect();
  auto rows = connection.query("SELECT message_id FROM messages ORDER BY md5(message_id::text)");
  ASSERT_EQ(rows->size(), 450);
  for (int row = 0; row < rows->size(); ++row) wanted.push_back({ObjectType::message, rows->id(row, 0)});
  wanted.push_back({ObjectType::message, ids::new_object_id()});
  wanted.push_back({ObjectType::folder, ids::new_object_id()});
  wanted.push_back(wanted.front());
  const auto objects = read(wanted);
  ASSERT_EQ(objects.size(), wanted.size());
  for (std::size_t i = 0; i < 450; ++i) {
    ASSERT_TRUE(objects[i]);
    EXPECT_NE(objects[i]->find(ids::to_public(wanted[i].id)), std::string::npos);
  }
  EXPECT_EQ(objects[450], std::nullopt);
  EXPECT_EQ(objects[451], std::nullopt);
  EXPECT_EQ(objects[452], objects[0]);
}

TEST_F(ObjectsOf, grant_is_as_its_notifications_say) {
  const auto objects = read({{ObjectType::grant, grant_.account_id, store::ChangeType::created},
                             {ObjectType::grant, grant_.account_id}});
  const auto created = *server::parse_json_object(objects.at(0).value_or(""));
  EXPECT_EQ(created->getValue<int>("code"), 25012);
  EXPECT_EQ(created->getValue<std::string>("grant_id"), grant_id());
  EXPECT_EQ(created->getValue<std::string>("email"), "user@example.test");
  EXPECT_EQ(created->getValue<std::string>("provider"), "memory");
  EXPECT_EQ((*server::parse_json_object(objects.at(1).value_or("")))->getValue<int>("code"), 25014);
  EXPECT_FALSE(objects.at(0)->contains("correct horse"));
}

TEST_F(ObjectsOf, deleted_grant_is_gone) {
  auto connection = database_.connect();
  ASSERT_TRUE(store::delete_grant(connection, grant_.account_id));
  EXPECT_EQ(read({{ObjectType::grant, grant_.account_id}}).at(0), std::nullopt);
}

}  // namespace
}  // namespace hermod::testing
