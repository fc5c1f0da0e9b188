// Keywords: written as all of a message is, and read back as other clients leave them.
#include "core/store/migration.hpp"
#include "sync/action_fixture.hpp"

namespace hermod::testing {
namespace {

using memory::ListedMessage;
using Keywords = std::set<std::string>;

class KeywordWrites : public Actions {
 protected:
  static constexpr const char* shown =
      "SELECT array_to_string(keywords, ' ') FROM messages WHERE subject = 'first'";
  Keywords in_mailbox(const std::string& folder = "INBOX") { return mailbox_->list(folder).at(0).keywords; }
  void expect_all_settled() {
    expect_settled();
    EXPECT_EQ(value("SELECT count(*) FROM placements WHERE effective_keywords IS NOT NULL"), "0");
  }
  // How often the log tells of the message's keywords.
  std::string changes_of_keywords() {
    return value(
        "SELECT count(*) FROM change_log l, unnest(l.object_ids, l.fields) u(o, f) JOIN messages m ON "
        "m.message_id"
        " = o WHERE m.subject = 'first' AND f & 16384 <> 0");
  }
};

TEST_F(KeywordWrites, are_shown_before_the_mailbox_has_them) {
  start_live();
  mailbox_->line.close_gate(Request::push_mutation);
  const auto action_id = write({"first"}, {.keywords = {{"work", "$Forwarded", "Home"}}}).value();
  EXPECT_EQ(value(shown), "$Forwarded Home work");
  ASSERT_TRUE(mailbox_->line.await_blocked(Request::push_mutation));
  EXPECT_EQ(in_mailbox(), Keywords());
  mailbox_->line.open_gate(Request::push_mutation);
  await_done(action_id);
  EXPECT_EQ(in_mailbox(), (Keywords{"Home", "work"}));
  EXPECT_EQ(mailbox_->list("INBOX").at(0).flags.bits, static_cast<int>(Flag::forwarded));
  await_done(write({"first"}, {.keywords = {{"Work"}}}).value());
  EXPECT_EQ(in_mailbox(), Keywords{"work"});
  EXPECT_EQ(value(shown), "work");
  await_done(write({"first"}, {.keywords = {std::vector<std::string>{}}}).value());
  EXPECT_EQ(in_mailbox(), Keywords());
  EXPECT_EQ(value("SELECT keywords IS NULL FROM messages WHERE subject = 'first'"), "t");
  EXPECT_EQ(changes_of_keywords(), "3");
  expect_all_settled();
}

// What another client does meanwhile does not undo what is pending; what it does afterwards counts.
TEST_F(KeywordWrites, are_not_undone_by_a_delta_while_they_are_pending) {
  start_live();
  mailbox_->line.close_gate(Request::push_mutation);
  const auto action_id = write({"first"}, {.keywords = {{"mine"}}}).value();
  ASSERT_TRUE(mailbox_->line.await_blocked(Request::push_mutation));
  mailbox_->set_flags("INBOX", "first", {static_cast<std::uint16_t>(Flag::flagged)}, {"theirs"});
  await("SELECT starred FROM messages WHERE subject = 'first'", "t");
  EXPECT_EQ(value(shown), "mine");
  mailbox_->line.open_gate(Request::push_mutation);
  await_done(action_id);
  EXPECT_EQ(in_mailbox(), Keywords{"mine"});  // planned before, it took none off: the second step did
  mailbox_->set_flags("INBOX", "first", {}, {"Later", "theirs"});
  await(shown, "Later theirs");
  expect_all_settled();
}

TEST_F(KeywordWrites, that_are_refused_are_taken_back) {
  start_live();
  mailbox_->set_flags("INBOX", "first", {}, {"held"});
  await(shown, "held");
  const Error refusal{ErrorKind::unsupported, ErrorScope::item, Retry::never(), "no such flag", {}, {}, {}};
  mailbox_->line.close_gate(Request::push_mutation);
  mailbox_->line.fail_next(Request::push_mutation, refusal);
  const auto action_id = write({"first"}, {.keywords = {{"mine"}}}).value();
  EXPECT_EQ(value(shown), "mine");
  mailbox_->line.open_gate(Request::push_mutation);
  await_status(action_id, actions::ActionStatus::failed);
  EXPECT_EQ(value("SELECT error->>'kind' FROM actions"), "unsupported");
  EXPECT_EQ(value(shown), "held");
  expect_all_settled();
}

// A message shows those of all its places, each once.
TEST_F(KeywordWrites, of_a_message_in_two_folders_are_one_set) {
  start_live();
  await_done(write({"first"}, {.folders = std::vector{folder_id("INBOX"), folder_id("Archive")}}).value());
  mailbox_->set_flags("INBOX", "first", {}, {"Work", "a"});
  await(shown, "a Work");
  mailbox_->set_flags("Archive", "first", {static_cast<std::uint16_t>(Flag::forwarded)}, {"b", "work"});
  await(shown, "$Forwarded a b Work");
  await_done(write({"first"}, {.keywords = {{"only"}}}).value());
  EXPECT_EQ(in_mailbox(), Keywords{"only"});
  EXPECT_EQ(in_mailbox("Archive"), Keywords{"only"});
  EXPECT_EQ(mailbox_->list("Archive").at(0).flags.bits, 0);
  expect_all_settled();
}

TEST_F(KeywordWrites, go_with_the_message_that_moves) {
  start_live();
  mailbox_->line.close_gate(Request::push_mutation);
  write({"first"}, {.keywords = {{"mine"}}}).value();
  const auto moved = write({"first"}, {.folders = std::vector{folder_id("Archive")}}).value();
  EXPECT_EQ(value(shown), "mine");
  mailbox_->line.open_gate(Request::push_mutation);
  await_done(moved);
  EXPECT_EQ(in_mailbox("Archive"), Keywords{"mine"});
  EXPECT_EQ(value(shown), "mine");
  EXPECT_EQ(changes_of_keywords(), "1");
  expect_all_settled();
}

// A database from before keywords were shown gets those that its placements have.
TEST_F(KeywordWrites, of_an_older_database_are_those_of_its_placements) {
  start_live();
  mailbox_->set_flags("INBOX", "first", {static_cast<std::uint16_t>(Flag::forwarded)}, {"Work", "a", "work"});
  await(shown, "$Forwarded a Work");
  stop();
  auto connection = database_.connect();
  ASSERT_TRUE(connection.script(
      "ALTER TABLE placements DROP effective_keywords; ALTER TABLE messages DROP keywords;"
      "ALTER TABLE actions DROP keywords; DELETE FROM schema_migrations WHERE version = 10"));
  const auto migrated = store::migrate(connection);
  ASSERT_TRUE(migrated) << migrated.error().detail;
  EXPECT_EQ(value(shown), "$Forwarded a Work");
  EXPECT_EQ(value("SELECT count(*) FROM messages WHERE keywords IS NULL"), "2");
}

}  // namespace
}  // namespace hermod::testing
