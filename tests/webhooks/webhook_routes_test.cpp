// The calls of webhooks: what is taken and refused, what the secret is shown to, and whose they are.
#include <Poco/JSON/Object.h>

#include "webhooks/webhook_fixture.hpp"

namespace hermod::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class WebhookRoutes : public WebhookFixture {};

// What the SDK sends is what comes back, and the secret comes once.
TEST_F(WebhookRoutes, created_found_and_listed) {
  const Answer created =
      post("/v3/webhooks", body(R"("message.created","grant.expired")",
                                R"(,"description":"d","notification_email_addresses":["a@b.c"])"));
  ASSERT_EQ(created.status, 200) << created.body;
  EXPECT_EQ(created.at("data.webhook_secret").size(), 64u);
  EXPECT_EQ(created.at("data.status"), "active");
  EXPECT_THAT(challenger_.asked, ElementsAre("https://app.example.test/hook"));
  const Answer found = get("/v3/webhooks/" + created.at("data.id"));
  EXPECT_EQ(found.at("data.description"), "d");
  EXPECT_EQ(found.at("data.webhook_url"), "https://app.example.test/hook");
  EXPECT_EQ(found.at("data.trigger_types[1]"), "grant.expired");
  EXPECT_EQ(found.at("data.notification_email_addresses[0]"), "a@b.c");
  EXPECT_EQ(found.body.find("webhook_secret"), std::string::npos);
  const Answer listed = get("/v3/webhooks");
  EXPECT_THAT(listed.all("id"), ElementsAre(created.at("data.id")));
  EXPECT_EQ(listed.body.find("webhook_secret"), std::string::npos);
}

TEST_F(WebhookRoutes, secret_lies_sealed_in_the_table) {
  const std::string secret = post("/v3/webhooks", body(R"("message.created")")).at("data.webhook_secret");
  EXPECT_EQ(value("SELECT count(*) FROM webhooks w WHERE w::text LIKE '%" + secret + "%'"), "0");
}

// The name of the unknown trigger is told, and nobody is challenged for it.
TEST_F(WebhookRoutes, unknown_trigger_is_named) {
  const Answer refused = post("/v3/webhooks", body(R"("message.created","message.creatd")"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.at("error.message"), HasSubstr("message.creatd"));
  EXPECT_THAT(challenger_.asked, IsEmpty());
}

TEST_F(WebhookRoutes, every_trigger_of_the_contract_and_ours_is_taken) {
  create(
      R"("calendar.created","event.updated","grant.imap_sync_completed","message.created.truncated","thread.replied",
    "message.bounce_detected","contact.created","thread.created","draft.deleted","booking.reminder","notetaker.media")");
}

struct BadBody {
  std::string name, body;
};
class WebhookBodies : public WebhookRoutes, public ::testing::WithParamInterface<BadBody> {};
TEST_P(WebhookBodies, is_refused_before_the_challenge) {
  EXPECT_EQ(post("/v3/webhooks", GetParam().body).status, 400);
  EXPECT_THAT(challenger_.asked, IsEmpty());
  EXPECT_EQ(get("/v3/webhooks").count(), 0u);
}
INSTANTIATE_TEST_SUITE_P(
    , WebhookBodies,
    ::testing::Values(
        BadBody{"no_url", R"({"trigger_types":["message.created"]})"},
        BadBody{"no_trigger", R"({"webhook_url":"https://x.test/","trigger_types":[]})"},
        BadBody{"plain_http", R"({"webhook_url":"http://x.test/","trigger_types":["message.created"]})"},
        BadBody{"another_scheme", R"({"webhook_url":"ftp://x.test/","trigger_types":["message.created"]})"},
        BadBody{"user_data", R"({"webhook_url":"https://u:p@x.test/","trigger_types":["message.created"]})"},
        BadBody{"fragment", R"({"webhook_url":"https://x.test/#a","trigger_types":["message.created"]})"},
        BadBody{"no_list", R"({"webhook_url":"https://x.test/","trigger_types":"message.created"})"},
        BadBody{
            "grant",
            R"({"webhook_url":"https://x.test/","trigger_types":["message.created"],"grant_ids":["x"]})"}),
    [](const auto& info) { return info.param.name; });

TEST_F(WebhookRoutes, failed_challenge_creates_nothing) {
  challenger_.outcome =
      Error{ErrorKind::invalid_argument, ErrorScope::account, Retry::never(), "not answered", {}, {}, {}};
  const Answer refused = post("/v3/webhooks", body(R"("message.created")"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.at("error.message"), "not answered");
  EXPECT_EQ(get("/v3/webhooks").count(), 0u);
}

// A new address, and a return to active, are challenged; other changes are not.
TEST_F(WebhookRoutes, update_challenges_where_it_must) {
  const std::string path = "/v3/webhooks/" + create(R"("message.created")");
  challenger_.asked.clear();
  const Answer described = call("PUT", path, R"({"description":"d2"})");
  EXPECT_EQ(described.at("data.description"), "d2");
  EXPECT_EQ(described.at("data.trigger_types[0]"), "message.created");
  EXPECT_EQ(call("PUT", path, R"({"status":"pause"})").at("data.status"), "pause");
  EXPECT_THAT(challenger_.asked, IsEmpty());
  EXPECT_EQ(call("PUT", path, R"({"status":"active"})").at("data.status"), "active");
  EXPECT_EQ(call("PUT", path, R"({"webhook_url":"https://b.test/"})").at("data.webhook_url"),
            "https://b.test/");
  EXPECT_THAT(challenger_.asked, ElementsAre("https://app.example.test/hook", "https://b.test/"));
  EXPECT_EQ(call("PUT", path, R"({"status":"failed"})").status, 400);
  EXPECT_EQ(call("PUT", path, R"({"trigger_types":["nonsense"]})").status, 400);
}

TEST_F(WebhookRoutes, rotation_makes_another_secret) {
  const Answer created = post("/v3/webhooks", body(R"("message.created")"));
  const Answer rotated = post("/v3/webhooks/rotate-secret/" + created.at("data.id"), "{}");
  EXPECT_EQ(rotated.at("data.webhook_secret").size(), 64u);
  EXPECT_NE(rotated.at("data.webhook_secret"), created.at("data.webhook_secret"));
  auto connection = database_.connect();
  auto loaded = store::load_webhook(connection, *keys_, id_of(created.at("data.id")));
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->secret.reveal(), rotated.at("data.webhook_secret"));
}

TEST_F(WebhookRoutes, deletion_answers_success) {
  const std::string path = "/v3/webhooks/" + create(R"("message.created")");
  EXPECT_EQ(call("DELETE", path).at("data.status"), "success");
  EXPECT_EQ(get(path).status, 404);
  EXPECT_EQ(call("DELETE", path).status, 404);
}

TEST_F(WebhookRoutes, addresses_are_those_of_the_operator) {
  const Answer answer = get("/v3/webhooks/ip-addresses");
  EXPECT_EQ(answer.at("data.ip_addresses[0]"), "192.0.2.1");
  EXPECT_FALSE(answer.at("data.updated_at").empty());
}

// Everything of another application is as if it were not there.
TEST_F(WebhookRoutes, another_application_sees_nothing) {
  const std::string webhook = create(R"("folder.created")");
  const std::string delivery = post("/v3/webhooks/" + webhook + "/test", "{}").at("data.id");
  const std::string cursor = get("/v3/changes?cursor=now").at("next_cursor");
  use_key_of_another_application();
  const std::string path = "/v3/webhooks/" + webhook;
  EXPECT_EQ(get("/v3/webhooks").count(), 0u);
  EXPECT_EQ(get(path).status, 404);
  EXPECT_EQ(call("PUT", path, R"({"description":"x"})").status, 404);
  EXPECT_EQ(call("DELETE", path).status, 404);
  EXPECT_EQ(post("/v3/webhooks/rotate-secret/" + webhook, "{}").status, 404);
  EXPECT_EQ(get(path + "/deliveries").status, 404);
  EXPECT_EQ(post(path + "/deliveries/" + delivery + "/redeliver", "{}").status, 404);
  EXPECT_EQ(post(path + "/test", "{}").status, 404);
  EXPECT_EQ(post(path + "/replay", R"({"cursor":")" + cursor + "\"}").status,
            400);  // nor is the cursor theirs
  const std::string own_cursor = get("/v3/changes?cursor=now").at("next_cursor");
  EXPECT_EQ(post(path + "/replay", R"({"cursor":")" + own_cursor + "\"}").status, 404);
}

TEST_F(WebhookRoutes, deliveries_are_listed_by_page_and_status) {
  const std::string webhook = create(R"("message.created")");
  const std::string path = "/v3/webhooks/" + webhook;
  std::vector<std::string> queued;
  for (int i = 0; i < 3; ++i) queued.push_back(post(path + "/test", "{}").at("data.id"));
  for (const auto& each : pending(webhook)) {
    if (ids::to_public(each.delivery_id) == queued[1]) record(each, store::DeliveryStatus::delivered);
  }
  const Answer first = get(path + "/deliveries?limit=2");
  EXPECT_THAT(first.all("id"), ElementsAre(queued[2], queued[1]));
  const Answer second = get(path + "/deliveries?limit=2&page_token=" + first.at("next_cursor"));
  EXPECT_THAT(second.all("id"), ElementsAre(queued[0]));
  EXPECT_EQ(second.at("next_cursor"), "");
  const Answer delivered = get(path + "/deliveries?status=delivered");
  EXPECT_THAT(delivered.all("id"), ElementsAre(queued[1]));
  EXPECT_EQ(delivered.at("data[0].attempts"), "1");
  EXPECT_EQ(delivered.at("data[0].response_code"), "200");
  EXPECT_EQ(get(path + "/deliveries?status=lost").status, 400);
}

TEST_F(WebhookRoutes, delivered_one_is_pending_again_when_redelivered) {
  const std::string webhook = create(R"("message.created")");
  const std::string path = "/v3/webhooks/" + webhook + "/deliveries/";
  const std::string delivery = post("/v3/webhooks/" + webhook + "/test", "{}").at("data.id");
  EXPECT_EQ(post(path + delivery + "/redeliver", "{}").status, 409);
  record(pending(webhook).at(0), store::DeliveryStatus::delivered);
  EXPECT_THAT(pending(webhook), IsEmpty());
  EXPECT_EQ(post(path + delivery + "/redeliver", "{}").at("data.status"), "pending");
  EXPECT_THAT(pending(webhook), SizeIs(1));
  EXPECT_EQ(post(path + ids::to_public(ids::new_object_id()) + "/redeliver", "{}").status, 404);
}

// Nothing is queued for a webhook that gets nothing.
TEST_F(WebhookRoutes, paused_webhook_takes_no_test_and_no_replay) {
  const std::string path = "/v3/webhooks/" + create(R"("message.created")");
  const std::string cursor = get("/v3/changes?cursor=now").at("next_cursor");
  call("PUT", path, R"({"status":"pause"})");
  EXPECT_EQ(post(path + "/test", "{}").status, 409);
  EXPECT_EQ(post(path + "/replay", R"({"cursor":")" + cursor + "\"}").status, 409);
}

}  // namespace
}  // namespace hermod::testing
