// One account's supervisor: first sync, live changes, errors, restarts.
#include "core/feed/sequencer.hpp"
#include "sync/sync_fixture.hpp"

namespace hermod::testing {
namespace {

class AccountSync : public SyncFixture {
 protected:
  void fill() {
    mailbox_->create_folder("INBOX", Role::inbox);
    mailbox_->create_folder("Archive", Role::archive);
    for (int i = 0; i < 10; ++i) mailbox_->deliver("INBOX", message("m" + std::to_string(i)), {1'700'000'000 + i});
    mailbox_->deliver("Archive", message("old"));
  }
  static FlagSet seen() {
    FlagSet flags;
    flags.add(Flag::seen);
    return flags;
  }
};

// From nothing to live: every message once, counted, logged as history.
TEST_F(AccountSync, first_sync_copies_the_mailbox) {
  fill();
  connect();
  start();
  await_phase("live");
  expect_agreement({"INBOX", "Archive"});
  EXPECT_EQ(value("SELECT total_count || '/' || unread_count FROM collections WHERE name = 'INBOX'"), "10/10");
  EXPECT_EQ(value("SELECT count(*) FROM messages"), "11");
  EXPECT_EQ(value("SELECT sum(cardinality(objects)) = max(seq) FROM change_log"), "t");
}

// Large bodies are fetched one by one and lie in the blob store before their page commits; small ones beside them come
// with the page.
TEST_F(AccountSync, large_messages_are_stored_byte_for_byte) {
  mailbox_->create_folder("INBOX", Role::inbox);
  std::map<std::string, std::string> sent;
  for (const char* name : {"large1", "small", "large2"}) {
    std::string& raw = sent[name] = message(name);
    for (int line = 0; name != std::string("small") && line < 30'000; ++line) raw += name + std::to_string(line) + "\r\n";
    mailbox_->deliver("INBOX", raw);
  }
  connect();
  start();
  await_phase("live");
  auto connection = database_.connect();
  auto rows = connection.query("SELECT subject, blob_pack, blob_offset, blob_stored, size, raw_hash FROM messages");
  ASSERT_TRUE(rows) << rows.error().detail;
  ASSERT_EQ(rows->size(), 3);
  for (int row = 0; row < rows->size(); ++row) {
    const std::string& raw = sent.at(std::string(rows->text(row, 0)));
    const auto number = [&](int column) { return static_cast<std::uint64_t>(rows->integer(row, column)); };
    const blob::Location location{static_cast<std::uint32_t>(number(1)), number(2), number(3), number(4)};
    auto stored = blobs_->read(grant_.account_id, location, ids::sha256(raw));
    ASSERT_TRUE(stored) << stored.error().message;
    EXPECT_TRUE(*stored == raw);
    EXPECT_EQ(rows->bytes(row, 5), ids::as_bytes(ids::sha256(raw)));
  }
}

// Deliveries, flag changes, moves and deletions of another client, told by push alone.
TEST_F(AccountSync, live_changes_arrive_by_push) {
  fill();
  connect();
  start();
  await_phase("live");
  const std::string id = value("SELECT message_id FROM messages WHERE subject = 'm3'");
  mailbox_->deliver("INBOX", message("new"));
  mailbox_->set_flags("INBOX", "m1", seen());
  mailbox_->move("INBOX", "m3", "Archive");
  mailbox_->expunge("INBOX", "m2");
  expect_agreement({"INBOX", "Archive"});
  await("SELECT count(*) FROM messages WHERE subject = 'm2'", "0");
  EXPECT_EQ(value("SELECT message_id FROM messages WHERE subject = 'm3'"), id);
}

// Stopped in the middle of the first sync and started again: nothing is lost, nothing twice.
TEST_F(AccountSync, an_interrupted_first_sync_goes_on) {
  fill();
  connect();
  mailbox_->line.close_gate(memory::Request::fetch_changes);
  start();
  ASSERT_TRUE(mailbox_->line.await_blocked(memory::Request::fetch_changes));
  stop();
  mailbox_->line.open_gate(memory::Request::fetch_changes);
  start();
  await_phase("live");
  expect_agreement({"INBOX", "Archive"});
  EXPECT_EQ(value("SELECT count(*) FROM messages"), "11");
}

// A restart with nothing new asks nothing per folder and logs nothing.
TEST_F(AccountSync, a_restart_without_changes_is_quiet) {
  fill();
  connect();
  start();
  await_phase("live");
  stop();
  const std::string seq = value("SELECT seq FROM account_clock");
  mailbox_->line.forget_counts();
  mailbox_->line.close_gate(memory::Request::wait);
  start();
  ASSERT_TRUE(mailbox_->line.await_blocked(memory::Request::wait));
  EXPECT_EQ(mailbox_->line.count(memory::Request::fetch_changes), 0u);
  EXPECT_EQ(value("SELECT seq FROM account_clock"), seq);
}

// An invalid cursor begins a snapshot that converges; the ids stay.
TEST_F(AccountSync, an_invalid_cursor_converges_with_the_same_ids) {
  fill();
  connect();
  start();
  await_phase("live");
  const std::string ids = value("SELECT string_agg(message_id::text, ',' ORDER BY subject) FROM messages");
  stop();
  mailbox_->change_validity("INBOX");
  start();
  await("SELECT generation FROM collections WHERE name = 'INBOX' AND NOT in_snapshot", "2");
  expect_agreement({"INBOX", "Archive"});
  EXPECT_EQ(value("SELECT string_agg(message_id::text, ',' ORDER BY subject) FROM messages"), ids);
}

// Refused credentials: the grant is invalid and says why; nobody tries again.
TEST_F(AccountSync, refused_credentials_make_the_grant_invalid) {
  fill();
  mailbox_->set_password("secret");
  connect();
  start();
  await("SELECT grant_status || '/' || sync_phase || '/' || (sync_reason->>'kind') FROM grants", "invalid/stopped/auth");
}

// A server that fails for a while: paused with a reason, then live by itself.
TEST_F(AccountSync, an_outage_pauses_and_resumes) {
  fill();
  options_.first_retry = std::chrono::seconds(1);
  mailbox_->line.fail_next(memory::Request::open, Error{ErrorKind::unavailable, ErrorScope::account, Retry::after(), "down", {}, {}, {}});
  connect();
  start();
  await_phase("live");
  EXPECT_EQ(log_.count("account.failed"), 1u);
  expect_agreement({"INBOX", "Archive"});
  EXPECT_EQ(value("SELECT sync_reason IS NULL FROM grants"), "t");
}

// A connection that drops in the middle of a page: what was committed stays, the rest follows.
TEST_F(AccountSync, a_dropped_session_resumes_from_its_cursor) {
  fill();
  mailbox_->line.fail_next(memory::Request::fetch_changes, Error{ErrorKind::unavailable, ErrorScope::account, Retry::after(), "cut", {}, {}, {}}, 2);
  connect();
  start();
  await_phase("live");
  expect_agreement({"INBOX", "Archive"});
  EXPECT_EQ(value("SELECT count(*) FROM messages"), "11");
}

// A folder that another client makes, fills and deletes.
TEST_F(AccountSync, folders_come_and_go) {
  fill();
  connect();
  options_.poll_interval = std::chrono::seconds(1);
  start();
  await_phase("live");
  mailbox_->create_folder("Projects");
  mailbox_->deliver("Projects", message("p1"));
  mailbox_->deliver("Projects", message("shared"));
  mailbox_->copy("Projects", "shared", "INBOX");
  await(folder("Projects"), "p1 shared");
  await("SELECT max(cardinality(folders)) FROM messages WHERE subject = 'shared'", "2");
  mailbox_->delete_folder("Projects");
  await("SELECT count(*) FROM messages WHERE subject = 'p1'", "0");
  EXPECT_EQ(value("SELECT count(*) FROM collections"), "2");
  EXPECT_EQ(value(messages_with_other_folders), "0");
}

// It ends the lease; the worker that had it takes it again once, and is not in its own way.
TEST_F(AccountSync, a_resync_changes_hands_once) {
  fill();
  connect();
  start();
  await_phase("live");
  const auto epoch = std::stoll(value("SELECT epoch FROM leases"));
  {
    auto connection = database_.connect();
    ASSERT_TRUE(store::resync_grant(connection, grant_.account_id));
  }
  await_phase("live");
  expect_agreement({"INBOX", "Archive"});
  EXPECT_EQ(value("SELECT epoch FROM leases"), std::to_string(epoch + 2));
}

// Deleting the grant stops its sync; its data is erased behind.
TEST_F(AccountSync, a_deleted_grant_is_erased) {
  fill();
  connect();
  start();
  await_phase("live");
  {
    auto connection = database_.connect();
    ASSERT_TRUE(store::delete_grant(connection, grant_.account_id));
  }
  feed::Sequencer sequencer(database_.database(), log_);
  sync::BackgroundWork background(database_.database(), *blobs_, log_, std::chrono::hours(24));
  await("SELECT count(*) FROM grants", "0");
  EXPECT_EQ(value("SELECT count(*) FROM messages"), "0");
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "blobs"));
}

// The search vectors are filled behind, from the change log.
TEST_F(AccountSync, search_is_filled_behind) {
  fill();
  connect();
  start();
  await_phase("live");
  sync::BackgroundWork background(database_.database(), *blobs_, log_, std::chrono::hours(24));
  await("SELECT search_seq = seq FROM account_clock", "t");
  EXPECT_EQ(value("SELECT count(*) FROM message_search WHERE addresses @> '{f:a@example.test,t:b@example.test}'"), "11");
  EXPECT_EQ(value("SELECT count(*) FROM message_search WHERE words @@ 'm4'::tsquery"), "1");
}

}  // namespace
}  // namespace hermod::testing
