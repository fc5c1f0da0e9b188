// One account's supervisor: first sync, live changes, errors, restarts.
#include "core/feed/sequencer.hpp"
#include "core/store/folder_query.hpp"
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
  static Error busy() {
    return {ErrorKind::unavailable, ErrorScope::item, Retry::after(), "busy", {}, {}, {}};
  }
  static Error slow_down() {
    return {ErrorKind::rate_limited, ErrorScope::account, Retry::after(), "slow down", {}, {}, {}};
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

// A server that is busy for a moment: the message is there in the end, as it is, and nothing ever stood in for it.
TEST_F(AccountSync, a_body_that_is_refused_for_a_moment_is_asked_for_again) {
  mailbox_->create_folder("INBOX", Role::inbox);
  mailbox_->deliver("INBOX", message("wanted"));
  mailbox_->deliver("INBOX", message("other"));
  mailbox_->line.fail_next(memory::Request::fetch_body, busy());
  connect("metadata");
  start();
  await_phase("live");
  expect_agreement({"INBOX"});
  EXPECT_EQ(value("SELECT count(*) FROM messages WHERE raw_hash IS NULL"), "0");
  EXPECT_EQ(value("SELECT count(*) FROM change_log, unnest(objects, changes) c(object, change) WHERE object = 1"), "2");
}

// Refused for longer: the folder goes on with a stand-in, and the message takes its place once the server gives it out.
TEST_F(AccountSync, a_body_that_is_refused_for_long_is_stood_in_for_and_revisited) {
  mailbox_->create_folder("INBOX", Role::inbox);
  mailbox_->deliver("INBOX", message("wanted"));
  mailbox_->line.fail_next(memory::Request::fetch_body, busy(), 3);
  connect("metadata");
  start();
  await_phase("live");
  EXPECT_EQ(value("SELECT count(*) FROM messages WHERE raw_hash IS NULL"), "1");
  stop();
  mailbox_->set_flags("INBOX", "wanted", seen());
  options_.revisit_interval = std::chrono::seconds(1);
  mailbox_->line.fail_next(memory::Request::fetch_body, busy());
  start();
  await("SELECT string_agg(subject || (raw_hash IS NOT NULL) || unread, ' ') FROM messages", "wantedtruefalse");
  expect_agreement({"INBOX"});
  EXPECT_EQ(value("SELECT total_count || '/' || unread_count FROM collections"), "1/0");
  EXPECT_EQ(value("SELECT count(*) FROM threads"), "1");
}

// A body that never comes must not keep the memory that all accounts share: it is given up, and asked for later.
TEST_F(AccountSync, a_body_that_never_comes_is_given_up_and_revisited) {
  mailbox_->create_folder("INBOX", Role::inbox);
  mailbox_->deliver("INBOX", message("wanted"));
  options_.body_time_min = std::chrono::milliseconds(50);
  options_.revisit_interval = std::chrono::seconds(1);
  mailbox_->line.close_gate(memory::Request::fetch_body);
  connect("metadata");
  start();
  await_phase("live");
  EXPECT_EQ(value("SELECT count(*) FROM messages WHERE raw_hash IS NULL"), "1");
  mailbox_->line.open_gate(memory::Request::fetch_body);
  await("SELECT string_agg(subject || (raw_hash IS NOT NULL), ' ') FROM messages", "wantedtrue");
  EXPECT_EQ(log_.count("account.failed"), 0u) << log_.text();
}

// What the server will never give out is shown as what is known of it, and not asked for over and over.
TEST_F(AccountSync, a_body_that_is_never_given_out_is_asked_for_once) {
  mailbox_->create_folder("INBOX", Role::inbox);
  mailbox_->deliver("INBOX", message("wanted"));
  Error refused = busy();
  refused.retry = Retry::never();
  mailbox_->line.fail_next(memory::Request::fetch_body, refused);
  connect("metadata");
  options_.revisit_interval = std::chrono::seconds(1);
  start();
  await_phase("live");
  EXPECT_EQ(value("SELECT count(*) FROM messages WHERE raw_hash IS NULL"), "1");
  EXPECT_TRUE(log_.wait_until([&] { return log_.count("account.revisited") >= 2; }));
  EXPECT_EQ(mailbox_->line.count(memory::Request::fetch_body), 1u);
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

// A folder that may not be read: the others go live, what goes in them is told, and the grant says what is wrong. Once it
// may be read, it is.
TEST_F(AccountSync, a_folder_that_may_not_be_read_holds_up_nothing) {
  fill();
  const std::string closed = mailbox_->create_folder("Closed");
  mailbox_->deliver("Closed", message("hidden"));
  Error denied{ErrorKind::denied, ErrorScope::collection, Retry::after_user_action(), "no access", {}, {}, {}};
  mailbox_->line.refuse(memory::Request::fetch_changes, closed, denied);
  options_.first_retry = std::chrono::milliseconds(10);
  options_.poll_interval = std::chrono::seconds(1);
  connect();
  start();
  await_phase("live");
  mailbox_->expunge("INBOX", "m2");
  await("SELECT count(*) FROM messages WHERE subject = 'm2'", "0");
  await("SELECT reason->>'kind' FROM collections WHERE name = 'Closed'", "denied");
  {
    auto connection = database_.connect();
    auto progress = store::load_progress(connection, {grant_.account_id});
    ASSERT_TRUE(progress);
    const auto& folders = progress->at(grant_.account_id);
    EXPECT_EQ(std::ranges::count(folders, "stopped", &store::FolderProgress::phase), 1);
    EXPECT_EQ(std::ranges::count(folders, "live", &store::FolderProgress::phase), 2);
  }
  mailbox_->line.allow(memory::Request::fetch_changes, closed);
  await(folder("Closed"), "hidden");
  await("SELECT reason IS NULL FROM collections WHERE name = 'Closed'", "t");
}

// A certificate that cannot be verified today: the grant stays valid, says why, and goes on by itself.
TEST_F(AccountSync, a_certificate_that_expired_pauses_and_resumes) {
  fill();
  const auto moment = std::chrono::milliseconds(10);
  Error untrusted{ErrorKind::denied, ErrorScope::account, Retry::after(moment), "could not verify the server's certificate", {}, "check the clock", {}};
  options_.first_retry = moment;
  mailbox_->line.close_gate(memory::Request::fetch_collections);
  mailbox_->line.fail_next(memory::Request::open, untrusted);
  connect();
  start();
  ASSERT_TRUE(mailbox_->line.await_blocked(memory::Request::fetch_collections));
  EXPECT_EQ(value("SELECT grant_status || '/' || sync_phase || '/' || (sync_reason->>'hint') FROM grants"), "valid/paused/check the clock");
  mailbox_->line.open_gate(memory::Request::fetch_collections);
  await_phase("live");
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

// A server that lets us in, lists its folders and refuses what follows is given more time each time.
TEST_F(AccountSync, a_server_that_throttles_after_the_listing_is_given_more_time_each_time) {
  fill();
  options_.first_retry = std::chrono::milliseconds(8);
  mailbox_->line.fail_next(memory::Request::fetch_changes, slow_down(), 8);
  connect();
  start();
  await_phase("live");
  const auto waits = log_.numbers("account.waits", "milliseconds");
  ASSERT_GE(waits.size(), 4u) << log_.text();
  EXPECT_GE(waits[3], 32);  // 8, 16, 32, 64, of which the jitter leaves at least half
}

// One that served for long begins with a short wait again.
TEST_F(AccountSync, what_ends_a_session_that_lasted_is_a_first_failure) {
  fill();
  options_.first_retry = std::chrono::milliseconds(8);
  options_.settled_after = std::chrono::milliseconds(0);
  mailbox_->line.fail_next(memory::Request::fetch_changes, slow_down(), 8);
  connect();
  start();
  await_phase("live");
  const auto waits = log_.numbers("account.waits", "milliseconds");
  ASSERT_GE(waits.size(), 4u) << log_.text();
  for (const std::int64_t wait : waits) EXPECT_LE(wait, 8);
}

// A network that cuts again and again, and lets something through each time: no wait is longer than the first.
TEST_F(AccountSync, a_connection_that_is_lost_after_it_served_is_a_first_failure) {
  fill();
  options_.first_retry = std::chrono::milliseconds(8);
  connect();
  start();
  await_phase("live");
  const Error cut{ErrorKind::unavailable, ErrorScope::account, Retry::after(), "cut", {}, {}, {}};
  std::string expected = value(folder("Archive"));
  for (int i = 1; i <= 5; ++i) {
    mailbox_->line.fail_next(memory::Request::fetch_changes, cut);
    const std::string mid = "z" + std::to_string(i);
    mailbox_->deliver("Archive", message(mid));
    expected += " " + mid;
    await(folder("Archive"), expected);
  }
  const auto waits = log_.numbers("account.waits", "milliseconds");
  EXPECT_EQ(waits.size(), 5u) << log_.text();
  for (const std::int64_t wait : waits) EXPECT_LE(wait, 8);
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

// A server that can call us is told where.
TEST_F(AccountSync, plugins_learn_the_public_address) {
  fill();
  options_.public_url = "https://mail.example.test";
  connect();
  start();
  await_phase("live");
  EXPECT_EQ(mailbox_->locked([](const memory::MailboxState& state) { return state.public_url; }), options_.public_url);
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

std::string words(std::size_t bytes) {
  std::string text;
  for (int i = 0; text.size() < bytes; ++i) text += "w" + std::to_string(i) + ".example/p" + std::to_string(i) + " ";
  return text;
}

// Subjects, addresses and texts of more words than PostgreSQL indexes: their beginnings are found, and the rest of the
// mailbox all the same.
TEST_F(AccountSync, a_message_of_too_many_words_keeps_no_other_from_being_found) {
  mailbox_->create_folder("INBOX", Role::inbox);
  std::string recipients;
  for (int i = 0; i < 9000; ++i) recipients += (i == 0 ? "" : ",\r\n ") + std::string("u") + std::to_string(i) + "@long-" + std::to_string(i) + ".example.test";
  mailbox_->deliver("INBOX", "From: " + std::string(5000, 'f') + "@example.test\r\nTo: " + recipients + "\r\nSubject: first " + words(200'000) +
                                 "\r\nMessage-ID: <large>\r\n\r\nbeginning " + words(1'000'000) + "\r\n");
  mailbox_->deliver("INBOX", message("other"));
  connect();
  start();
  await_phase("live");
  sync::BackgroundWork background(database_.database(), *blobs_, log_, std::chrono::hours(24));
  await("SELECT search_seq = seq FROM account_clock", "t");
  EXPECT_EQ(value("SELECT count(*) FROM message_search WHERE words @@ 'other'::tsquery"), "1");
  EXPECT_EQ(value("SELECT count(*) FROM message_search WHERE words @@ 'first & beginning'::tsquery"), "1");
  EXPECT_EQ(log_.count("background.account_failed"), 0u) << log_.text();
}

// What fails for one account is done for the others.
TEST_F(AccountSync, an_account_whose_index_fails_does_not_stop_the_others) {
  fill();
  connect();
  const ids::ObjectId failing = grant_.account_id;
  connect({}, "other@example.test");
  start();
  await("SELECT string_agg(sync_phase, ' ') FROM grants", "live live");
  {
    auto connection = database_.connect();
    ASSERT_TRUE(connection.script("ALTER TABLE message_search ADD CHECK (account_id <> '" + ids::to_uuid_text(failing) + "')"));
  }
  const std::string other = "'" + ids::to_uuid_text(grant_.account_id) + "'";
  feed::Sequencer sequencer(database_.database(), log_);
  sync::BackgroundWork background(database_.database(), *blobs_, log_, std::chrono::hours(24));
  await("SELECT search_seq = seq FROM account_clock WHERE account_id = " + other, "t");
  EXPECT_TRUE(log_.wait_until([&] { return log_.count("background.account_failed") > 0; }));
  {
    auto connection = database_.connect();
    ASSERT_TRUE(store::delete_grant(connection, grant_.account_id));
  }
  await("SELECT count(*) FROM grants WHERE account_id = " + other, "0");
}

}  // namespace
}  // namespace hermod::testing
