// Writes: queued by the API's transaction, shown at once, pushed to the mailbox, confirmed or taken back.
#include "core/store/action_store.hpp"
#include "sync/sync_fixture.hpp"

namespace hermod::testing {
namespace {

using actions::ActionKind;
using actions::Intent;
using memory::Request;

class Actions : public SyncFixture {
 protected:
  void start_live(const std::string& mode = {}) {
    mailbox_->create_folder("INBOX", Role::inbox);
    mailbox_->create_folder("Archive", Role::archive);
    mailbox_->create_folder("Trash", Role::trash);
    for (const char* mid : {"first", "second", "third"}) mailbox_->deliver("INBOX", message(mid), {1'700'000'001});
    connect(mode);
    start();
    await_phase("live");
  }
  ids::ObjectId id_of(const std::string& statement) { return *ids::parse_uuid_text(value(statement)); }
  ids::ObjectId message_id(const std::string& subject) {
    return id_of("SELECT message_id FROM messages WHERE subject = '" + subject + "'");
  }
  ids::ObjectId folder_id(const std::string& name) {
    return id_of("SELECT collection_id FROM collections WHERE name = '" + name + "'");
  }
  Result<ids::ObjectId> write(const std::vector<std::string>& subjects, Intent intent) {
    std::vector<ids::ObjectId> messages;
    for (const std::string& subject : subjects) messages.push_back(message_id(subject));
    auto connection = database_.connect();
    return store::write_messages(connection, grant_.account_id,
                                 {ActionKind::message_update, messages.front(), messages, std::move(intent)});
  }
  void await_status(const ids::ObjectId& action_id, actions::ActionStatus status) {
    await("SELECT status FROM actions WHERE action_id = '" + ids::to_uuid_text(action_id) + "'",
          std::to_string(static_cast<int>(status)));
  }
  void await_done(const ids::ObjectId& action_id) { await_status(action_id, actions::ActionStatus::done); }
  // Folder counts that are not those of the placements that are shown.
  static constexpr const char* wrong_counts =
      "SELECT count(*) FROM collections c WHERE (total_count, unread_count) <> (SELECT count(*), count(*) FILTER (WHERE"
      " effective_flags & 1 = 0) FROM placements p WHERE p.account_id = c.account_id AND p.collection_id = c.collection_id AND"
      " standing <> 1)";
  static constexpr const char* unsettled =
      "SELECT (SELECT count(*) FROM placements WHERE standing <> 0 OR effective_flags <> flags) + (SELECT count(*) FROM"
      " action_objects)";
  void expect_settled() {
    expect_agreement({"INBOX", "Archive", "Trash"});
    EXPECT_EQ(value(wrong_counts), "0");
    EXPECT_EQ(value(unsettled), "0");
    EXPECT_EQ(value(messages_with_other_folders), "0");
  }
  // How often the log tells of that message.
  std::string changes_of(const std::string& subject) {
    return value("SELECT count(*) FROM change_log l, unnest(l.object_ids) o JOIN messages m ON m.message_id = o WHERE m.subject = '" +
                 subject + "'");
  }
};

TEST_F(Actions, flags_are_shown_before_the_mailbox_has_them) {
  start_live();
  mailbox_->line.close_gate(Request::push_mutation);
  const auto action_id = write({"first"}, {.unread = false, .starred = true}).value();
  EXPECT_EQ(value("SELECT unread || ' ' || starred FROM messages WHERE subject = 'first'"), "false true");
  EXPECT_EQ(value("SELECT unread_count FROM collections WHERE name = 'INBOX'"), "2");
  EXPECT_TRUE(mailbox_->line.await_blocked(Request::push_mutation));
  EXPECT_EQ(mailbox_->list("INBOX").at(0).flags.bits, 0);
  mailbox_->line.open_gate(Request::push_mutation);
  await_done(action_id);
  EXPECT_EQ(mailbox_->list("INBOX").at(0).flags.bits, 3);
  EXPECT_EQ(value("SELECT unread || ' ' || starred FROM messages WHERE subject = 'first'"), "false true");
  expect_settled();
}

// Created, then changed once: neither the confirmation nor its echo is a change.
TEST_F(Actions, a_write_is_one_change) {
  start_live();
  const auto action_id = write({"first"}, {.starred = true, .folders = std::vector{folder_id("Archive")}}).value();
  await_done(action_id);
  mailbox_->deliver("Archive", message("later"), {1'700'000'009});
  mailbox_->deliver("INBOX", message("last"), {1'700'000'009});
  await(folder("Archive"), "first later");
  await(folder("INBOX"), "last second third");
  EXPECT_EQ(changes_of("first"), "2");
  expect_settled();
}

TEST_F(Actions, a_message_moves_and_keeps_its_id) {
  start_live();
  const auto before = message_id("first");
  mailbox_->line.close_gate(Request::push_mutation);
  const auto action_id = write({"first"}, {.folders = std::vector{folder_id("Trash")}}).value();
  EXPECT_EQ(value("SELECT folders = ARRAY['" + ids::to_uuid_text(folder_id("Trash")) + "'::uuid] FROM messages WHERE subject = 'first'"), "t");
  EXPECT_EQ(value("SELECT string_agg(total_count::text, ' ' ORDER BY name) FROM collections"), "0 2 1");
  mailbox_->line.open_gate(Request::push_mutation);
  await_done(action_id);
  EXPECT_EQ(mailbox_->list("Trash").size(), 1u);
  EXPECT_EQ(message_id("first"), before);
  expect_settled();
}

TEST_F(Actions, a_message_lies_in_several_folders_and_then_in_one) {
  start_live();
  await_done(write({"first"}, {.folders = std::vector{folder_id("INBOX"), folder_id("Archive"), folder_id("Trash")}}).value());
  EXPECT_EQ(mailbox_->list("INBOX").size() + mailbox_->list("Archive").size() + mailbox_->list("Trash").size(), 5u);
  expect_settled();
  await_done(write({"first"}, {.folders = std::vector{folder_id("Archive")}}).value());
  EXPECT_EQ(mailbox_->list("INBOX").size(), 2u);
  EXPECT_EQ(mailbox_->list("Archive").size(), 1u);
  EXPECT_EQ(mailbox_->list("Trash").size(), 0u);
  expect_settled();
}

TEST_F(Actions, deleted_for_good_it_is_gone_at_once) {
  start_live();
  mailbox_->line.close_gate(Request::push_mutation);
  const auto target = message_id("first");
  const auto action_id = write({"first"}, {.folders = std::vector<ids::ObjectId>{}}).value();
  EXPECT_EQ(value("SELECT count(*) FROM messages WHERE orphaned_round IS NULL"), "2");
  EXPECT_EQ(write({"first"}, {.unread = false}).error().kind, ErrorKind::not_found);
  mailbox_->line.open_gate(Request::push_mutation);
  await_done(action_id);
  EXPECT_EQ(value("SELECT count(*) FROM messages"), "2");
  EXPECT_EQ(mailbox_->list("INBOX").size(), 2u);
  EXPECT_EQ(value("SELECT count(*) FROM change_log l, unnest(l.object_ids) o WHERE o = '" + ids::to_uuid_text(target) + "'"), "2");
  expect_settled();
}

// The whole thread in one action.
TEST_F(Actions, several_messages_are_one_action) {
  start_live();
  await_done(write({"first", "second", "third"}, {.unread = false, .folders = std::vector{folder_id("Archive")}}).value());
  await(folder("Archive"), "first+ second+ third+");
  EXPECT_EQ(mailbox_->list("Archive").size(), 3u);
  expect_settled();
}

// What another client does meanwhile does not undo what is pending; what it does afterwards counts.
TEST_F(Actions, a_delta_does_not_undo_what_is_pending) {
  start_live();
  mailbox_->line.close_gate(Request::push_mutation);
  const auto action_id = write({"first"}, {.unread = false}).value();
  ASSERT_TRUE(mailbox_->line.await_blocked(Request::push_mutation));
  mailbox_->set_flags("INBOX", "first", {static_cast<std::uint16_t>(Flag::flagged)});
  await("SELECT starred FROM messages WHERE subject = 'first'", "t");
  EXPECT_EQ(value("SELECT unread FROM messages WHERE subject = 'first'"), "f");
  mailbox_->line.open_gate(Request::push_mutation);
  await_done(action_id);
  await(folder("INBOX"), "first+ second third");
  EXPECT_EQ(mailbox_->list("INBOX").at(0).flags.bits, 3);
  mailbox_->set_flags("INBOX", "first", {});
  await(folder("INBOX"), "first second third");
  expect_settled();
}

TEST_F(Actions, what_the_server_refuses_is_taken_back) {
  start_live();
  const Error refusal{ErrorKind::denied, ErrorScope::item, Retry::never(), "the folder is read-only", {}, {}, {}};
  mailbox_->line.fail_next(Request::push_mutation, refusal);
  const auto action_id = write({"first"}, {.unread = false, .folders = std::vector{folder_id("Archive")}}).value();
  await_status(action_id, actions::ActionStatus::failed);
  EXPECT_EQ(value("SELECT error->>'kind' || ': ' || (error->>'message') FROM actions"), "denied: the folder is read-only");
  EXPECT_EQ(value(folder("INBOX")), "first second third");
  expect_settled();
}

TEST_F(Actions, what_fails_for_now_is_tried_again) {
  start_live();
  const Error failure{ErrorKind::unavailable, ErrorScope::item, Retry::now(), "try again", {}, {}, {}};
  mailbox_->line.fail_next(Request::push_mutation, failure);
  await_done(write({"first"}, {.unread = false}).value());
  EXPECT_EQ(value("SELECT attempts FROM actions"), "2");
  expect_settled();
}

// Writes to one object keep their order; one that waits holds up no other object.
TEST_F(Actions, order_is_kept_for_each_object_alone) {
  start_live();
  const Error failure{ErrorKind::unavailable, ErrorScope::item, Retry::after(std::chrono::hours(1)), "later", {}, {}, {}};
  mailbox_->line.fail_next(Request::push_mutation, failure);
  const auto held = write({"first"}, {.unread = false}).value();
  await("SELECT attempts FROM actions WHERE action_id = '" + ids::to_uuid_text(held) + "'", "1");
  const auto behind = write({"first"}, {.unread = true, .starred = true}).value();
  await_done(write({"second"}, {.starred = true}).value());
  EXPECT_EQ(value("SELECT status FROM actions WHERE action_id = '" + ids::to_uuid_text(behind) + "'"), "0");
  EXPECT_EQ(value("SELECT unread || ' ' || starred FROM messages WHERE subject = 'first'"), "true true");
  value("UPDATE actions SET due_at = now() RETURNING 1");
  await_done(held);
  await_done(behind);
  EXPECT_EQ(mailbox_->list("INBOX").at(0).flags.bits, static_cast<int>(Flag::flagged));
  expect_settled();
}

TEST_F(Actions, an_answer_that_is_lost_does_nothing_twice) {
  start_live();
  mailbox_->line.lose_next_answer(Request::push_mutation);
  await_done(write({"first"}, {.folders = std::vector{folder_id("INBOX"), folder_id("Archive")}}).value());
  EXPECT_EQ(mailbox_->list("Archive").size(), 1u);
  await(folder("Archive"), "first");
  expect_settled();
}

TEST_F(Actions, a_message_that_another_client_moved_is_found_again) {
  start_live();
  mailbox_->line.close_gate(Request::push_mutation);
  const auto action_id = write({"first"}, {.starred = true}).value();
  ASSERT_TRUE(mailbox_->line.await_blocked(Request::push_mutation));
  mailbox_->move("INBOX", "first", "Archive");
  mailbox_->line.open_gate(Request::push_mutation);
  await_done(action_id);
  EXPECT_EQ(mailbox_->list("Archive").at(0).flags.bits, static_cast<int>(Flag::flagged));
  await(folder("Archive"), "first");
  expect_settled();
}

TEST_F(Actions, a_message_that_is_gone_fails_the_action) {
  start_live();
  mailbox_->line.close_gate(Request::push_mutation);
  const auto action_id = write({"first"}, {.starred = true}).value();
  ASSERT_TRUE(mailbox_->line.await_blocked(Request::push_mutation));
  mailbox_->expunge("INBOX", "first");
  mailbox_->line.open_gate(Request::push_mutation);
  await("SELECT finished_at IS NOT NULL FROM actions WHERE action_id = '" + ids::to_uuid_text(action_id) + "'", "t");
  await("SELECT count(*) FROM messages", "2");
  expect_settled();
}

}  // namespace
}  // namespace hermod::testing
