// Drafts on their way to the mailbox: put once, replaced without a gap, shown as they were when they are
// refused.
#include "core/ids/sha256.hpp"
#include "core/ids/text_encoding.hpp"
#include "core/mime/message.hpp"
#include "core/store/draft_store.hpp"
#include "core/store/message_content.hpp"
#include "sync/sync_fixture.hpp"

namespace hermod::testing {
namespace {

using actions::ActionStatus;
using memory::Request;

class DraftsUnderWay : public SyncFixture {
 protected:
  void start_live(const std::string& mode = {}) {
    mailbox_->create_folder("INBOX", Role::inbox);
    mailbox_->create_folder("Drafts", Role::drafts);
    connect(mode);
    start();
    await_phase("live");
  }
  ids::ObjectId drafts() {
    return *ids::parse_uuid_text(value("SELECT collection_id FROM collections WHERE name = 'Drafts'"));
  }
  static store::DraftWrite version(const std::string& mid) {
    store::DraftWrite write;
    write.raw = message(mid);
    write.content = store::content_of(mime::parse_message(write.raw), {}, 1'700'000'000);
    write.content.size = write.raw.size();
    write.details = "{\"version\":\"" + mid + "\"}";
    return write;
  }
  store::WrittenDraft create(const std::string& mid) {
    auto connection = database_.connect();
    auto written = store::create_draft(connection, grant_.account_id, drafts(), version(mid));
    EXPECT_TRUE(written) << written.error().message << written.error().detail;
    return *written;
  }
  store::WrittenDraft update(const ids::ObjectId& message_id, const std::string& mid) {
    auto connection = database_.connect();
    const auto base = store::version_of_draft(connection, grant_.account_id, message_id).value();
    auto written =
        store::update_draft(connection, grant_.account_id, drafts(), message_id, base, version(mid));
    EXPECT_TRUE(written) << written.error().message << written.error().detail;
    return *written;
  }
  void refuse_next() {
    mailbox_->line.fail_next(Request::push_mutation,
                             {ErrorKind::denied, ErrorScope::item, Retry::never(), "read-only", {}, {}, {}});
  }
  void await_status(const store::WrittenDraft& written, ActionStatus status) {
    await("SELECT status FROM actions WHERE action_id = '" + ids::to_uuid_text(written.action_id) + "'",
          std::to_string(static_cast<int>(status)));
  }
  std::string shown(const ids::ObjectId& message_id) {
    return "SELECT subject FROM messages WHERE orphaned_round IS NULL AND message_id = '" +
           ids::to_uuid_text(message_id) + "'";
  }
  std::string details(const ids::ObjectId& message_id) {
    auto connection = database_.connect();
    return store::draft_details(connection, grant_.account_id, {message_id}).value()[message_id];
  }
  void expect_settled() {
    expect_agreement({"INBOX", "Drafts"});
    EXPECT_EQ(value("SELECT (SELECT count(*) FROM placements WHERE standing <> 0 OR effective_flags <> "
                    "flags) + (SELECT count(*)"
                    " FROM action_objects) + (SELECT count(*) FROM action_bytes)"),
              "0");
    EXPECT_EQ(value(messages_with_other_folders), "0");
    EXPECT_EQ(
        value(
            "SELECT count(*) FROM collections c WHERE total_count <> (SELECT count(*) FROM placements p WHERE"
            " p.collection_id = c.collection_id)"),
        "0");
  }
};

TEST_F(DraftsUnderWay, a_new_one_is_shown_and_then_put) {
  start_live();
  mailbox_->line.close_gate(Request::push_mutation);
  const auto made = create("one");
  EXPECT_EQ(value(shown(made.message_id)), "one");
  EXPECT_TRUE(mailbox_->list("Drafts").empty());
  mailbox_->line.open_gate(Request::push_mutation);
  await_status(made, ActionStatus::done);
  ASSERT_EQ(mailbox_->list("Drafts").size(), 1u);
  EXPECT_EQ(value(shown(made.message_id)), "one");
  EXPECT_EQ(details(made.message_id), "{\"version\":\"one\"}");
  // The raw bytes lie in the account's packs, and are those of the mailbox.
  EXPECT_EQ(value("SELECT encode(raw_hash, 'hex') FROM messages"),
            ids::hex_encode(ids::as_bytes(ids::sha256(message("one")))));
  expect_settled();
}

TEST_F(DraftsUnderWay, a_new_version_takes_the_place_of_the_old_one) {
  start_live();
  const auto made = create("one");
  await_status(made, ActionStatus::done);
  const auto updated = update(made.message_id, "two");
  EXPECT_EQ(value(shown(made.message_id)), "two");
  await_status(updated, ActionStatus::done);
  ASSERT_EQ(mailbox_->list("Drafts").size(), 1u);
  EXPECT_EQ(value("SELECT count(*) FROM messages"), "1");
  EXPECT_EQ(value("SELECT count(*) FROM draft_versions"), "1");
  EXPECT_EQ(details(made.message_id), "{\"version\":\"two\"}");
  expect_settled();
}

// What another client copied elsewhere keeps its bytes: from then on it is a message of its own.
TEST_F(DraftsUnderWay, a_copy_of_the_old_version_stays_what_it_is) {
  start_live();
  const auto made = create("one");
  await_status(made, ActionStatus::done);
  mailbox_->copy("Drafts", "one", "INBOX");
  await(folder("INBOX"), "one+");
  EXPECT_EQ(value("SELECT count(*) FROM messages"), "1");
  await_status(update(made.message_id, "two"), ActionStatus::done);
  expect_settled();
  EXPECT_EQ(value(folder("INBOX")), "one+");
  EXPECT_EQ(value(folder("Drafts")), "two+");
  EXPECT_EQ(value(shown(made.message_id)), "two");
  EXPECT_EQ(value("SELECT string_agg(encode(raw_hash, 'hex'), ' ') FROM messages WHERE subject = 'one'"),
            ids::hex_encode(ids::as_bytes(ids::sha256(message("one")))));
  EXPECT_EQ(value("SELECT b.body LIKE '%one%' FROM message_bodies b JOIN messages m USING (message_id) WHERE "
                  "m.subject = 'one'"),
            "t");
}

// Several before the first has arrived: each replaces the one before, the last one stays.
TEST_F(DraftsUnderWay, versions_queue_up) {
  start_live();
  mailbox_->line.close_gate(Request::push_mutation);
  const auto made = create("one");
  update(made.message_id, "two");
  const auto last = update(made.message_id, "three");
  EXPECT_EQ(value(shown(made.message_id)), "three");
  mailbox_->line.open_gate(Request::push_mutation);
  await_status(last, ActionStatus::done);
  ASSERT_EQ(mailbox_->list("Drafts").size(), 1u);
  EXPECT_EQ(value(shown(made.message_id)), "three");
  EXPECT_EQ(value("SELECT count(*) FROM messages"), "1");
  expect_settled();
}

// What it was made from is not what is there any more.
TEST_F(DraftsUnderWay, a_version_of_an_older_one_is_refused) {
  start_live();
  const auto made = create("one");
  await_status(update(made.message_id, "two"), ActionStatus::done);
  auto connection = database_.connect();
  const auto late =
      store::update_draft(connection, grant_.account_id, drafts(), made.message_id, "one", version("three"));
  EXPECT_EQ(late.error().kind, ErrorKind::conflict);
  EXPECT_EQ(value(shown(made.message_id)), "two");
  expect_settled();
}

class DraftsOfEveryKind : public DraftsUnderWay, public ::testing::WithParamInterface<std::string> {};

// In whichever order confirmation and delta come: one message it is, also where raw bytes do not tell.
TEST_P(DraftsOfEveryKind, one_message_is_shown) {
  start_live(GetParam());
  const auto made = create("one");
  const auto updated = update(made.message_id, "two");
  await_status(updated, ActionStatus::done);
  mailbox_->deliver("Drafts", message("other"), {1'700'000'009});
  await(folder("Drafts"), "other two+");
  EXPECT_EQ(value("SELECT count(*) FROM messages WHERE orphaned_round IS NULL"), "2");
  EXPECT_EQ(value(shown(made.message_id)), "two");
  expect_settled();
}
INSTANTIATE_TEST_SUITE_P(Modes, DraftsOfEveryKind,
                         ::testing::Values("", "no_object_key", "no_echo", "no_object_key,no_echo",
                                           "unstable_raw"),
                         [](const auto& info) { return "n" + std::to_string(info.index); });

TEST_F(DraftsUnderWay, a_refused_new_one_is_gone) {
  start_live();
  refuse_next();
  const auto made = create("one");
  await_status(made, ActionStatus::failed);
  await("SELECT count(*) FROM messages", "0");
  expect_settled();
}

TEST_F(DraftsUnderWay, a_refused_version_is_taken_back) {
  start_live();
  const auto made = create("one");
  await_status(made, ActionStatus::done);
  refuse_next();
  await_status(update(made.message_id, "two"), ActionStatus::failed);
  EXPECT_EQ(value(shown(made.message_id)), "one");
  EXPECT_EQ(value("SELECT body LIKE '%body of one%' FROM message_bodies"), "t");
  EXPECT_EQ(details(made.message_id), "{\"version\":\"one\"}");
  EXPECT_EQ(mailbox_->list("Drafts").size(), 1u);
  expect_settled();
}

// One of another client is a draft, too; deleted there while a new version is on its way, that is kept.
TEST_F(DraftsUnderWay, what_is_written_outlives_the_old_version) {
  start_live();
  mailbox_->deliver("Drafts", message("foreign"), {1'700'000'001});
  await(folder("Drafts"), "foreign");
  const auto message_id = *ids::parse_uuid_text(value("SELECT message_id FROM messages"));
  mailbox_->line.close_gate(Request::push_mutation);
  const auto updated = update(message_id, "two");
  ASSERT_TRUE(mailbox_->line.await_blocked(Request::push_mutation));
  mailbox_->expunge("Drafts", "foreign");
  await("SELECT count(*) FROM placements WHERE standing <> 2", "0");
  mailbox_->line.open_gate(Request::push_mutation);
  await_status(updated, ActionStatus::done);
  EXPECT_EQ(mailbox_->list("Drafts").size(), 1u);
  EXPECT_EQ(value(shown(message_id)), "two");
  expect_settled();
}

// An answer that is lost: the next attempt finds the version by its Message-ID.
TEST_F(DraftsUnderWay, an_answer_that_is_lost_puts_nothing_twice) {
  start_live();
  mailbox_->line.lose_next_answer(Request::push_mutation);
  const auto made = create("one");
  await_status(made, ActionStatus::done);
  mailbox_->line.lose_next_answer(Request::push_mutation);
  await_status(update(made.message_id, "two"), ActionStatus::done);
  EXPECT_EQ(mailbox_->list("Drafts").size(), 1u);
  EXPECT_EQ(value("SELECT count(*) FROM messages"), "1");
  EXPECT_EQ(value(shown(made.message_id)), "two");
  expect_settled();
}

class DraftsOfNoAddress : public DraftsUnderWay, public ::testing::WithParamInterface<std::string> {};

// The sync shows where it went; it is put once, whatever the server says or finds.
TEST_P(DraftsOfNoAddress, one_message_is_put_and_shown) {
  start_live(GetParam());
  const auto made = create("one");
  await_status(made, ActionStatus::done);
  const auto updated = update(made.message_id, "two");
  await_status(updated, ActionStatus::done);
  ASSERT_EQ(mailbox_->list("Drafts").size(), 1u);
  EXPECT_EQ(mailbox_->line.count(Request::push_mutation), 2u);
  EXPECT_EQ(value("SELECT count(*) FROM messages WHERE orphaned_round IS NULL"), "1");
  EXPECT_EQ(value(shown(made.message_id)), "two");
  expect_settled();
}
INSTANTIATE_TEST_SUITE_P(Modes, DraftsOfNoAddress,
                         ::testing::Values("untold", "untold,no_object_key",
                                           "untold,no_object_key,unstable_raw"),
                         [](const auto& info) { return "n" + std::to_string(info.index); });

TEST_F(DraftsUnderWay, one_that_is_put_and_never_shown_is_unknown) {
  start_live("untold");
  mailbox_->line.close_gate(Request::fetch_changes);
  const auto made = create("one");
  ASSERT_TRUE(mailbox_->line.await_blocked(Request::fetch_changes));
  ASSERT_EQ(mailbox_->list("Drafts").size(), 1u);
  mailbox_->expunge("Drafts", "one");
  mailbox_->line.open_gate(Request::fetch_changes);
  await_status(made, ActionStatus::outcome_unknown);
  EXPECT_EQ(mailbox_->line.count(Request::push_mutation), 1u);
  EXPECT_EQ(value("SELECT error->>'kind' FROM actions"), "not_found");
  EXPECT_EQ(value(shown(made.message_id)), "one");
}

}  // namespace
}  // namespace hermod::testing
