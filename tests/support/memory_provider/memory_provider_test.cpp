#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/loaded_plugin.hpp"
#include "tests/support/memory_provider/memory_mailbox.hpp"
#include "tests/support/test_host.hpp"

namespace hermod::memory {
namespace {

using test::Call;
using testing::ElementsAre;
using testing::IsEmpty;

Provider& provider() {
  static test::LoadedPlugin plugin(HERMOD_MEMORY_PLUGIN);
  return plugin.provider();
}

struct CollectingSink final : BodySink {
  Task<Status> write(std::string chunk) override {
    bytes += chunk;
    co_return ok();
  }
  std::string bytes;
};

std::string message(const std::string& id, const std::string& body = "body") {
  return "Message-ID: <" + id + ">\r\nSubject: s\r\n\r\n" + body + "\r\n";
}

class MemoryProviderTest : public testing::Test {
 protected:
  MemoryProviderTest() { inbox_.bytes = mailbox_->create_folder("Inbox", Role::inbox); }
  ~MemoryProviderTest() override { MemoryMailbox::forget(name()); }

  static std::string name() { return testing::UnitTest::GetInstance()->current_test_info()->name(); }
  std::unique_ptr<Session> open(std::string mode = {}) {
    Settings settings({{"mailbox", name()}, {"mode", std::move(mode)}});
    return strand_.run(provider().open(std::move(settings), {}, host_)).value();
  }
  Result<ChangePage> fetch(Session& session, SyncCursor cursor, FetchLimits limits = {}) {
    return strand_.run(session.fetch_changes(inbox_, std::move(cursor), limits));
  }
  // The Message-IDs of the page's items.
  static std::vector<std::string> ids(const ChangePage& page) {
    std::vector<std::string> ids;
    for (const Item& item : page.items) ids.push_back(item.message_id);
    return ids;
  }

  test::InlineStrand strand_;
  test::TestHost host_{strand_};
  std::shared_ptr<MemoryMailbox> mailbox_ = MemoryMailbox::named(name());
  CollectionRemoteId inbox_;
};

// A client that shows the newest first must not wait for the history, nor miss what comes meanwhile.
TEST_F(MemoryProviderTest, new_mail_comes_before_the_history_that_is_left) {
  for (const char* id : {"1", "2", "3", "4"}) mailbox_->deliver("Inbox", message(id));
  auto session = open();
  const ChangePage first = fetch(*session, {}, {.items_max = 2}).value();
  EXPECT_THAT(ids(first), ElementsAre("4", "3"));
  EXPECT_FALSE(first.complete);
  mailbox_->deliver("Inbox", message("5"));
  const ChangePage second = fetch(*session, first.next, {.items_max = 2}).value();
  EXPECT_THAT(ids(second), ElementsAre("5", "2"));
  const ChangePage third = fetch(*session, second.next, {.items_max = 2}).value();
  EXPECT_THAT(ids(third), ElementsAre("1"));
  EXPECT_TRUE(third.complete);
  EXPECT_EQ(third.kind, PageKind::snapshot);
  const ChangePage quiet = fetch(*session, third.next).value();
  EXPECT_EQ(quiet.kind, PageKind::delta);
  EXPECT_THAT(ids(quiet), IsEmpty());
  EXPECT_EQ(quiet.next, third.next);
}

// A page larger than the engine asked for would fill its memory.
TEST_F(MemoryProviderTest, a_page_ends_at_its_byte_limit_and_large_bodies_stay_behind) {
  for (const char* id : {"1", "2", "3"}) mailbox_->deliver("Inbox", message(id, std::string(1000, 'x')));
  mailbox_->deliver("Inbox", message("large", std::string(5000, 'x')));
  auto session = open();
  const ChangePage page = fetch(*session, {}, {.page_bytes_max = 2500, .inline_bytes = 4000}).value();
  EXPECT_THAT(ids(page), ElementsAre("large", "3", "2"));
  EXPECT_EQ(page.items[0].payload, PayloadKind::on_demand);
  CollectingSink sink;
  EXPECT_TRUE(strand_.run(session->fetch_body(inbox_, page.items[0].remote_id, sink)));
  EXPECT_EQ(sink.bytes, message("large", std::string(5000, 'x')));
}

// Of two cursors one is the reserve for a lost answer; any older one is dead.
TEST_F(MemoryProviderTest, consumed_cursors_die_but_for_the_last_two) {
  mailbox_->deliver("Inbox", message("1"));
  auto session = open("consumed");
  const ChangePage first = fetch(*session, {}).value();
  EXPECT_EQ(first.next_use, NextUse::after_commit);
  const ChangePage second = fetch(*session, first.next).value();
  ASSERT_TRUE(fetch(*session, first.next));  // its answer was lost
  EXPECT_EQ(fetch(*session, second.next).error().kind, ErrorKind::cursor_invalid);
  EXPECT_TRUE(fetch(*session, first.next));
}

// The window moves with the clock: what falls out of it is told as such, not as deleted.
TEST_F(MemoryProviderTest, a_message_leaves_the_time_window_as_days_pass) {
  host_.unix_start = 1'800'000'000'000;
  mailbox_->deliver("Inbox", message("old"), {.received_at = 1'800'000'000 - 29 * 86400});
  mailbox_->deliver("Inbox", message("outside"), {.received_at = 1'800'000'000 - 40 * 86400});
  auto session = open("window");
  const ChangePage first = fetch(*session, {}).value();
  EXPECT_THAT(ids(first), ElementsAre("old"));
  EXPECT_EQ(first.scope, SnapshotScope::time_window);
  strand_.advance(std::chrono::hours(48));
  const ChangePage second = fetch(*session, first.next).value();
  ASSERT_EQ(second.removals.size(), 1u);
  EXPECT_EQ(second.removals[0].remote_id, first.items[0].remote_id);
  EXPECT_EQ(second.removals[0].reason, RemovalReason::left_window);
}

// An engine that believes in one order of a move loses the message in the other.
TEST_F(MemoryProviderTest, a_move_is_seen_in_either_order) {
  const CollectionRemoteId archive{mailbox_->create_folder("Archive")};
  mailbox_->deliver("Inbox", message("1"));
  auto session = open("removed_first");
  const SyncCursor inbox = fetch(*session, {}).value().next;
  const SyncCursor empty_archive = strand_.run(session->fetch_changes(archive, {}, {})).value().next;
  mailbox_->move("Inbox", "1", "Archive");
  const ChangePage not_yet = strand_.run(session->fetch_changes(archive, empty_archive, {})).value();
  EXPECT_THAT(ids(not_yet), IsEmpty());
  EXPECT_EQ(fetch(*session, inbox).value().removals.size(), 1u);
  const ChangePage arrived = strand_.run(session->fetch_changes(archive, not_yet.next, {})).value();
  EXPECT_THAT(ids(arrived), ElementsAre("1"));
}

// What the session did itself is not told again, but what another client did to the same message is.
TEST_F(MemoryProviderTest, without_echo_only_changes_of_others_are_told) {
  mailbox_->deliver("Inbox", message("1"));
  auto session = open("no_echo");
  const ChangePage first = fetch(*session, {}).value();
  const Item& item = first.items[0];
  const Mutation mutation{SetFlags{{inbox_, item.remote_id}, {1}, {}, {}, {}}, item.version, "m1", 1};
  EXPECT_EQ(strand_.run(session->push_mutation(mutation, {})).value().result, MutationResult::applied);
  EXPECT_THAT(ids(fetch(*session, first.next).value()), IsEmpty());
  mailbox_->set_flags("Inbox", "1", {3});
  EXPECT_THAT(ids(fetch(*session, first.next).value()), ElementsAre("1"));
}

// A draft whose answer was lost must not be there twice when it is tried again.
TEST_F(MemoryProviderTest, a_draft_repeated_with_its_marker_is_put_once) {
  auto session = open();
  Mutation mutation{PutDraft{inbox_, {}, message("draft"), {8}}, {}, "m1", 1};
  mailbox_->line.lose_next_answer(Request::push_mutation);
  EXPECT_EQ(strand_.run(session->push_mutation(mutation, {})).value().result, MutationResult::unknown);
  mutation.attempt = 2;
  const MutationOutcome outcome = strand_.run(session->push_mutation(mutation, {})).value();
  EXPECT_EQ(outcome.result, MutationResult::applied);
  const std::vector<ListedMessage> listed = mailbox_->list("Inbox");
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(outcome.new_remote_id, listed[0].remote_id);
}

// With consumed cursors a write moves the cursor; its page must not be lost.
TEST_F(MemoryProviderTest, a_write_with_a_consumed_cursor_brings_what_changed_meanwhile) {
  mailbox_->deliver("Inbox", message("1"));
  auto session = open("consumed,no_echo");
  const ChangePage first = fetch(*session, {}).value();
  mailbox_->deliver("Inbox", message("2"));
  const Item& item = first.items[0];
  const Mutation mutation{SetFlags{{inbox_, item.remote_id}, {1}, {}, {}, {}}, item.version, "m1", 1};
  const MutationOutcome outcome = strand_.run(session->push_mutation(mutation, first.next)).value();
  ASSERT_TRUE(outcome.page && outcome.next);
  EXPECT_THAT(ids(*outcome.page), ElementsAre("2"));
  EXPECT_THAT(ids(fetch(*session, *outcome.next).value()), IsEmpty());
}

// A base version that is no longer the message's is a conflict, and nothing is changed.
TEST_F(MemoryProviderTest, a_mutation_of_another_version_is_a_conflict) {
  mailbox_->deliver("Inbox", message("1"));
  auto session = open();
  const Item item = fetch(*session, {}).value().items[0];
  mailbox_->set_flags("Inbox", "1", {2});
  const Mutation mutation{SetFlags{{inbox_, item.remote_id}, {1}, {}, {}, {}}, item.version, "m1", 1};
  EXPECT_EQ(strand_.run(session->push_mutation(mutation, {})).value().result, MutationResult::conflict);
  EXPECT_EQ(mailbox_->list("Inbox")[0].flags.bits, 2);
}

// A change that came between two calls of wait must not be slept through.
TEST_F(MemoryProviderTest, push_tells_a_change_that_came_before_the_wait_and_one_during_it) {
  auto session = open();
  auto* push = static_cast<PushFacet*>(session->facet(PushFacet::id));
  ASSERT_NE(push, nullptr);
  mailbox_->deliver("Inbox", message("1"));
  EXPECT_THAT(strand_.run(push->wait({inbox_})).value().dirty, ElementsAre(inbox_));
  Call<Result<PushEvent>> waiting(strand_, push->wait({inbox_}));
  EXPECT_FALSE(waiting.done());
  mailbox_->deliver("Inbox", message("2"));
  strand_.drain();
  ASSERT_TRUE(waiting.done());
  EXPECT_THAT(waiting.result().value().dirty, ElementsAre(inbox_));
}

// A test awaits a request that is held up, then lets it go or cancels it.
TEST_F(MemoryProviderTest, a_gate_holds_requests_and_a_cancelled_one_leaves) {
  auto session = open();
  mailbox_->line.close_gate(Request::fetch_changes);
  Call<Result<ChangePage>> held(strand_, session->fetch_changes(inbox_, {}, {}));
  Call<Result<ChangePage>> cancelled(strand_, session->fetch_changes(inbox_, {}, {}));
  EXPECT_TRUE(mailbox_->line.await_blocked(Request::fetch_changes, 2));
  cancelled.cancel();
  ASSERT_TRUE(cancelled.done());
  EXPECT_EQ(cancelled.result().error().kind, ErrorKind::cancelled);
  mailbox_->line.open_gate(Request::fetch_changes);
  EXPECT_TRUE(held.result());
  EXPECT_EQ(mailbox_->line.count(Request::fetch_changes, inbox_.bytes), 2u);
}

// A wrong password and an injected failure are what they say, once.
TEST_F(MemoryProviderTest, failures_come_as_they_were_asked_for) {
  mailbox_->set_password("secret");
  const Settings settings({{"mailbox", name()}});
  EXPECT_EQ(strand_.run(provider().open(settings, {}, host_)).error().kind, ErrorKind::auth);
  mailbox_->set_password({});
  auto session = open();
  mailbox_->line.fail_next(
      Request::fetch_changes,
      Error{ErrorKind::rate_limited, ErrorScope::account, Retry::after(), "slow down", {}, {}, {}});
  EXPECT_EQ(fetch(*session, {}).error().kind, ErrorKind::rate_limited);
  EXPECT_TRUE(fetch(*session, {}));
}

}  // namespace
}  // namespace hermod::memory
