// From the change log to the queue: who is told of what, once, whatever the batches, replays and full queues.
#include <set>

#include "webhooks/webhook_fixture.hpp"

namespace hermod::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class FanOut : public WebhookFixture {
 protected:
  static std::vector<Mail> mails(int first, int count) {
    std::vector<Mail> made;
    for (int i = first; i < first + count; ++i)
      made.push_back({.uid = std::to_string(i), .subject = "s" + std::to_string(i)});
    return made;
  }
  // Arrivals after the first sync.
  void arrive(int first, int count) { deliver("INBOX", mails(first, count), PageKind::delta); }
  std::vector<std::int64_t> positions(const std::string& webhook) {
    std::vector<std::int64_t> found;
    for (const auto& each : pending(webhook)) found.push_back(each.position);
    return found;
  }
};

TEST_F(FanOut, arrivals_are_queued_once_in_their_order) {
  deliver("INBOX", mails(1, 1));
  const std::string webhook = create(R"("message.created")");
  for (const int entries : {1, 2, 7, 1'000}) {
    options_.entries_at_once = entries;
    arrive(100 * entries, 5);
    fan_out_all();
    const auto found = pending(webhook);
    ASSERT_THAT(found, SizeIs(5)) << entries;
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].trigger_type, "message.created");
      EXPECT_EQ(found[i].account_id, grant_.account_id);
      if (i > 0) EXPECT_LT(found[i - 1].position, found[i].position);
      record(found[i], store::DeliveryStatus::delivered);
    }
  }
}

// What was before a webhook is not for it, and what comes with a first sync only if it asks.
TEST_F(FanOut, history_is_for_who_asks) {
  const std::string plain = create(R"("message.created")");
  const std::string historian = create(R"("message.created")", R"(,"include_history":true)");
  deliver("INBOX", {{.uid = "1", .at = 1'000'000'000}, {.uid = "2", .at = 1'000'000'001}});
  fan_out_all();
  EXPECT_THAT(pending(plain), IsEmpty());
  EXPECT_THAT(pending(historian), SizeIs(2));
  const std::string late = create(R"("message.created")", R"(,"include_history":true)");
  fan_out_all();
  EXPECT_THAT(pending(late), IsEmpty());
}

TEST_F(FanOut, webhook_gets_its_triggers_alone) {
  deliver("INBOX", mails(1, 2));
  const std::string threads = create(R"("thread.created","thread.deleted")");
  const std::string deletions = create(R"("message.deleted")");
  const std::string truncated = create(R"("message.created.truncated")");
  const std::string calendar = create(R"("calendar.created")");
  arrive(10, 1);
  remove("INBOX", {"1"});
  fan_out_all();
  EXPECT_THAT(pending_types(threads), ElementsAre("thread.created"));
  EXPECT_THAT(pending_types(truncated), ElementsAre("message.created"));
  EXPECT_THAT(pending(calendar), IsEmpty());
  // A message without a folder is deleted once every folder was looked at.
  EXPECT_THAT(pending(deletions), IsEmpty());
}

TEST_F(FanOut, grants_folders_and_applications_narrow) {
  deliver("INBOX", mails(1, 1));
  const std::string mine = create(R"("message.created")", R"(,"grant_ids":[")" + grant_id() + "\"]");
  const std::string other =
      create(R"("message.created")", R"(,"grant_ids":[")" + ids::to_public(ids::new_object_id()) + "\"]");
  const std::string inbox = create(R"("message.created","folder.created")", R"(,"in":["inbox"])");
  const std::string archive = create(R"("message.created","folder.created")", R"(,"in":["archive"])");
  use_key_of_another_application();
  const std::string foreign = create(R"("message.created")");
  arrive(10, 1);
  listing_.push_back(folder("New", Role::none));
  list();
  fan_out_all();
  EXPECT_THAT(pending_types(mine), ElementsAre("message.created"));
  EXPECT_THAT(pending(other), IsEmpty());
  EXPECT_THAT(pending_types(inbox), UnorderedElementsAre("message.created", "folder.created"));
  EXPECT_THAT(pending_types(archive), ElementsAre("folder.created"));
  EXPECT_THAT(pending(foreign), IsEmpty());
}

// The two events of a grant's sync, once each; how the sync goes otherwise is no update.
TEST_F(FanOut, end_of_first_sync_and_invalid_login_are_told) {
  const std::string webhook =
      create(R"("grant.updated","grant.expired","grant.imap_sync_completed","grant.deleted")");
  auto connection = database_.connect();
  const auto report = [&](const char* status, const char* phase, std::optional<std::string> reason = {}) {
    ASSERT_TRUE(store::set_sync_state(connection, lease_.account, {status, phase, reason}));
  };
  report("valid", "live");
  report("valid", "live", R"({"kind":"unavailable"})");
  report("valid", "initial");
  report("valid", "live");
  report("invalid", "stopped", R"({"kind":"auth"})");
  fan_out_all();
  EXPECT_THAT(pending_types(webhook), ElementsAre("grant.imap_sync_completed", "grant.expired"));
  connect("user@example.test");  // a re-authentication
  ASSERT_TRUE(store::delete_grant(connection, grant_.account_id));
  fan_out_all();
  EXPECT_THAT(pending_types(webhook),
              ElementsAre("grant.imap_sync_completed", "grant.expired", "grant.updated", "grant.deleted"));
}

// The receiver's only means against doubles.
TEST_F(FanOut, event_id_is_the_same_whenever_it_is_told) {
  deliver("INBOX", mails(1, 1));
  const std::string webhook = create(R"("message.created")"), another = create(R"("message.created")");
  const std::string cursor = get("/v3/changes?cursor=now").at("next_cursor");
  arrive(10, 3);
  fan_out_all();
  std::vector<ids::ObjectId> first;
  std::set<ids::ObjectId> distinct;
  for (const auto& each : pending(webhook)) {
    first.push_back(each.event_id);
    distinct.insert(each.event_id);
    record(each, store::DeliveryStatus::delivered);
  }
  for (const auto& each : pending(another)) distinct.insert(each.event_id);
  EXPECT_THAT(distinct, SizeIs(6));
  EXPECT_EQ(post("/v3/webhooks/" + webhook + "/replay", R"({"cursor":")" + cursor + "\"}").status, 200);
  catch_up_all(webhook);
  std::vector<ids::ObjectId> again;
  for (const auto& each : pending(webhook)) again.push_back(each.event_id);
  EXPECT_EQ(again, first);
}

// After a replay the webhook goes on with the others, without a gap and without a double.
TEST_F(FanOut, replay_joins_the_others_again) {
  deliver("INBOX", mails(1, 1));
  const std::string webhook = create(R"("message.created")");
  const std::string cursor = get("/v3/changes?cursor=now").at("next_cursor");
  options_.entries_at_once = 2;
  arrive(10, 4);
  fan_out_all();
  EXPECT_EQ(post("/v3/webhooks/" + webhook + "/replay", R"({"cursor":")" + cursor + "\"}").status, 200);
  arrive(20, 2);
  fan_out_all();  // passes it over, since it reads by itself
  EXPECT_THAT(pending(webhook), SizeIs(4));
  catch_up_all(webhook);
  EXPECT_THAT(pending(webhook), SizeIs(4 + 6));
  EXPECT_EQ(value("SELECT count(*) FROM feed_readers"), "1");
  arrive(30, 1);
  fan_out_all();
  EXPECT_THAT(pending(webhook), SizeIs(4 + 6 + 1));
}

// A destination that takes nothing costs a bounded queue; what is over stays in the log and follows.
TEST_F(FanOut, full_queue_leaves_the_rest_in_the_log) {
  deliver("INBOX", mails(1, 1));
  const std::string slow = create(R"("message.created")"), quick = create(R"("message.created")");
  options_.pending_max = 3;
  options_.entries_at_once = 2;
  arrive(10, 4);
  fan_out_all();
  for (const auto& each : pending(quick)) record(each, store::DeliveryStatus::delivered);
  arrive(20, 6);
  fan_out_all();
  const auto queued = pending(slow).size();
  EXPECT_LT(queued, 10u);
  EXPECT_GE(queued, 3u);
  std::vector<std::int64_t> seen;
  for (int i = 0; i < 50 && seen.size() < 10; ++i) {
    for (const auto& each : pending(slow)) {
      seen.push_back(each.position);
      record(each, store::DeliveryStatus::delivered);
    }
    catch_up_all(slow);
  }
  EXPECT_THAT(seen, SizeIs(10));
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), seen.size());
}

// A paused webhook's changes are not queued, and it does not hold the log.
TEST_F(FanOut, pause_queues_nothing_and_activation_begins_then) {
  deliver("INBOX", mails(1, 1));
  const std::string webhook = create(R"("message.created")");
  const std::string path = "/v3/webhooks/" + webhook;
  call("PUT", path, R"({"status":"pause"})");
  arrive(10, 2);
  fan_out_all();
  call("PUT", path, R"({"status":"active"})");
  arrive(20, 1);
  fan_out_all();
  EXPECT_THAT(pending(webhook), SizeIs(1));
}

// Who has no webhook does not hold the log back.
TEST_F(FanOut, reader_ends_with_the_last_webhook) {
  const std::string one = create(R"("message.created")"), two = create(R"("message.created")");
  EXPECT_EQ(value("SELECT count(*) FROM feed_readers"), "1");
  call("DELETE", "/v3/webhooks/" + one);
  EXPECT_EQ(value("SELECT count(*) FROM feed_readers"), "1");
  call("DELETE", "/v3/webhooks/" + two);
  EXPECT_EQ(value("SELECT count(*) FROM feed_readers"), "0");
}

// One process a webhook, and another as soon as the first is gone.
TEST_F(FanOut, webhook_is_held_by_one_worker) {
  const std::string webhook = create(R"("message.created")");
  auto connection = database_.connect();
  const ids::ObjectId one = ids::new_object_id(), two = ids::new_object_id();
  EXPECT_THAT(*store::hold_webhooks(connection, one, 60, 10), SizeIs(1));
  EXPECT_THAT(*store::hold_webhooks(connection, two, 60, 10), IsEmpty());
  EXPECT_THAT(*store::hold_webhooks(connection, one, 60, 10), SizeIs(1));
  ASSERT_TRUE(store::release_webhooks(connection, one));
  EXPECT_THAT(*store::hold_webhooks(connection, two, 60, 10), SizeIs(1));
  value("UPDATE webhook_leases SET expires_at = now() RETURNING 1");
  EXPECT_THAT(*store::hold_webhooks(connection, one, 60, 10), SizeIs(1));
  EXPECT_THAT(*store::hold_webhooks(connection, two, 60, 10), IsEmpty());
}

TEST_F(FanOut, workers_share_the_webhooks) {
  for (int i = 0; i < 4; ++i) create(R"("message.created")");
  auto connection = database_.connect();
  const ids::ObjectId one = ids::new_object_id(), two = ids::new_object_id();
  EXPECT_THAT(*store::hold_webhooks(connection, one, 60, 2), SizeIs(2));
  EXPECT_THAT(*store::hold_webhooks(connection, two, 60, 10), SizeIs(2));
}

TEST_F(FanOut, failed_webhook_gives_up_what_waits) {
  deliver("INBOX", mails(1, 1));
  const std::string webhook = create(R"("message.created")");
  arrive(10, 2);
  fan_out_all();
  auto connection = database_.connect();
  ASSERT_TRUE(store::set_webhook_health(connection, id_of(webhook), {store::WebhookStatus::failed, 1}));
  EXPECT_THAT(pending(webhook), IsEmpty());
  EXPECT_EQ(get("/v3/webhooks/" + webhook).at("data.status"), "failed");
  EXPECT_EQ(get("/v3/webhooks/" + webhook + "/deliveries?status=failed").count(), 2u);
}

TEST_F(FanOut, old_deliveries_are_forgotten_but_none_that_waits) {
  const std::string webhook = create(R"("message.created")");
  for (int i = 0; i < 2; ++i) post("/v3/webhooks/" + webhook + "/test", "{}");
  record(pending(webhook).at(0), store::DeliveryStatus::delivered);
  auto connection = database_.connect();
  EXPECT_EQ(*store::trim_deliveries(connection, std::chrono::hours(1)), 0);
  EXPECT_EQ(*store::trim_deliveries(connection, std::chrono::seconds(-10)), 1);
  EXPECT_THAT(pending(webhook), SizeIs(1));
}

}  // namespace
}  // namespace hermod::testing
