// Writes to messages: queued by the API's transaction, shown at once, pushed to the mailbox, confirmed or taken back.
#include "sync/action_fixture.hpp"

namespace hermod::testing {
namespace {

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
  const auto action_id =
      write({"first"}, {.starred = true, .folders = std::vector{folder_id("Archive")}}).value();
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
  EXPECT_EQ(value("SELECT folders = ARRAY['" + ids::to_uuid_text(folder_id("Trash")) +
                  "'::uuid] FROM messages WHERE subject = 'first'"),
            "t");
  EXPECT_EQ(value("SELECT string_agg(total_count::text, ' ' ORDER BY name) FROM collections"), "0 2 1");
  mailbox_->line.open_gate(Request::push_mutation);
  await_done(action_id);
  EXPECT_EQ(mailbox_->list("Trash").size(), 1u);
  EXPECT_EQ(message_id("first"), before);
  expect_settled();
}

TEST_F(Actions, a_message_lies_in_several_folders_and_then_in_one) {
  start_live();
  await_done(
      write({"first"}, {.folders = std::vector{folder_id("INBOX"), folder_id("Archive"), folder_id("Trash")}})
          .value());
  EXPECT_EQ(
      mailbox_->list("INBOX").size() + mailbox_->list("Archive").size() + mailbox_->list("Trash").size(), 5u);
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
  EXPECT_EQ(value("SELECT count(*) FROM change_log l, unnest(l.object_ids) o WHERE o = '" +
                  ids::to_uuid_text(target) + "'"),
            "2");
  expect_settled();
}

// The whole thread in one action.
TEST_F(Actions, several_messages_are_one_action) {
  start_live();
  await_done(
      write({"first", "second", "third"}, {.unread = false, .folders = std::vector{folder_id("Archive")}})
          .value());
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

// Nothing failed: a folder that is written to all the time would wait longer and longer for its new mail.
TEST_F(Actions, a_page_that_a_write_overtook_is_asked_for_again_at_once) {
  start_live();
  mailbox_->line.close_gate(Request::fetch_changes);
  mailbox_->deliver("INBOX", message("later"), {1'700'000'009});
  ASSERT_TRUE(mailbox_->line.await_blocked(Request::fetch_changes));
  await_done(write({"first"}, {.starred = true}).value());
  mailbox_->line.open_gate(Request::fetch_changes);
  await(folder("INBOX"), "first later second third");
  EXPECT_EQ(log_.count("collection.overtaken"), 1u);
  EXPECT_EQ(log_.count("collection.failed"), 0u);
  expect_settled();
}

TEST_F(Actions, what_the_server_refuses_is_taken_back) {
  start_live();
  const Error refusal{
      ErrorKind::denied, ErrorScope::item, Retry::never(), "the folder is read-only", {}, {}, {}};
  mailbox_->line.fail_next(Request::push_mutation, refusal);
  const auto action_id =
      write({"first"}, {.unread = false, .folders = std::vector{folder_id("Archive")}}).value();
  await_status(action_id, actions::ActionStatus::failed);
  EXPECT_EQ(value("SELECT error->>'kind' || ': ' || (error->>'message') FROM actions"),
            "denied: the folder is read-only");
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

// However many steps went well before: it is not for them that the next attempt waits.
TEST_F(Actions, a_failure_after_many_steps_is_tried_again_soon) {
  std::vector<std::string> subjects;
  start_live();
  for (int i = 0; i < 40; ++i) {
    subjects.push_back("n" + std::to_string(i));
    mailbox_->deliver("INBOX", message(subjects.back()), {1'700'000'002});
  }
  await("SELECT count(*) FROM messages", "43");
  mailbox_->line.close_gate(Request::push_mutation);
  const auto action_id = write(subjects, {.starred = true}).value();
  for (int steps = 0; steps < 12; ++steps) {
    ASSERT_TRUE(mailbox_->line.await_blocked(Request::push_mutation));
    mailbox_->line.open_gate(Request::push_mutation);
    mailbox_->line.close_gate(Request::push_mutation);
  }
  mailbox_->line.fail_next(Request::push_mutation,
                           {ErrorKind::unavailable, ErrorScope::item, Retry::now(), "try again", {}, {}, {}});
  mailbox_->line.open_gate(Request::push_mutation);
  await_done(action_id);
  EXPECT_EQ(value("SELECT attempts FROM actions"), "41");
  expect_settled();
}

// Writes to one object keep their order; one that waits holds up no other object.
TEST_F(Actions, order_is_kept_for_each_object_alone) {
  start_live();
  const Error failure{
      ErrorKind::unavailable, ErrorScope::item, Retry::after(std::chrono::hours(1)), "later", {}, {}, {}};
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
  await_status(action_id, actions::ActionStatus::failed);
  EXPECT_EQ(value("SELECT error->>'kind' FROM actions"), "not_found");
  await("SELECT count(*) FROM messages", "2");
  expect_settled();
}

// The store has forgotten it by the time that its turn comes: nothing is left to be done, nor was it done.
TEST_F(Actions, a_write_to_a_message_that_was_forgotten_fails) {
  start_live();
  mailbox_->line.close_gate(Request::push_mutation);
  write({"third"}, {.starred = true}).value();
  ASSERT_TRUE(mailbox_->line.await_blocked(Request::push_mutation));
  const auto starred = write({"first"}, {.starred = true}).value();
  const auto deleted = write({"second"}, {.folders = std::vector<ids::ObjectId>{}}).value();
  mailbox_->expunge("INBOX", "first");
  mailbox_->expunge("INBOX", "second");
  await("SELECT string_agg(m.subject, ' ') FROM placements p JOIN messages m USING (account_id, message_id)",
        "third");
  await("SELECT count(*) FROM messages WHERE subject = 'first'", "0");
  mailbox_->line.open_gate(Request::push_mutation);
  await_status(starred, actions::ActionStatus::failed);
  await_done(deleted);
  expect_settled();
}

// Shown where the writes would put it, it is nowhere. Not a clock says so, but that every folder was looked at since.
TEST_F(Actions, writes_to_a_message_that_is_gone_fail_when_every_folder_was_looked_at) {
  start_live();
  mailbox_->line.close_gate(Request::push_mutation);
  const auto held = write({"second"}, {.starred = true}).value();
  ASSERT_TRUE(mailbox_->line.await_blocked(Request::push_mutation));
  std::vector<ids::ObjectId> writes;
  for (const char* name : {"Archive", "Trash", "Archive"})
    writes.push_back(write({"first"}, {.folders = std::vector{folder_id(name)}}).value());
  mailbox_->expunge("INBOX", "first");
  await("SELECT string_agg(standing || ' ' || p.received_at, ' ') FROM placements p JOIN messages m USING (account_id,"
        " message_id) WHERE subject = 'first'",
        "2 1700000001");
  mailbox_->line.open_gate(Request::push_mutation);
  await_done(held);
  for (const auto& one : writes) await_status(one, actions::ActionStatus::failed);
  await("SELECT count(*) FROM messages", "2");
  expect_settled();
}

}  // namespace
}  // namespace hermod::testing
