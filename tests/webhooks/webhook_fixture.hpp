// Webhooks in process: the routes of ApiFixture with those of webhooks, and the steps of the queue one by
// one.
#pragma once

#include <gmock/gmock.h>

#include "api/api_fixture.hpp"
#include "core/feed/sequencer.hpp"
#include "core/store/delivery_store.hpp"
#include "core/store/webhook_store.hpp"
#include "server/feed/feed_routes.hpp"
#include "server/webhooks/fan_out.hpp"
#include "server/webhooks/webhook_routes.hpp"

namespace hermod::testing {

class FakeChallenger final : public server::EndpointChallenger {
 public:
  Status challenge(const std::string& url) override {
    asked.push_back(url);
    return outcome;
  }
  std::vector<std::string> asked;
  Status outcome = ok();
};

class WebhookFixture : public ApiFixture {
 protected:
  WebhookFixture() : hub_(database_.database(), metrics_, {}) {
    server::add_feed_routes(router_, {database_.database(), hub_});
    server::add_webhook_routes(
        router_, {database_.database(), *keys_, challenger_, host::PlainHttp::refused, {"192.0.2.1"}});
  }

  static std::string body(const std::string& triggers, const std::string& more = "") {
    return R"({"webhook_url":"https://app.example.test/hook","trigger_types":[)" + triggers + "]" + more +
           "}";
  }
  // The id of a new webhook. What was before has its place by then, so that it is not for it.
  std::string create(const std::string& triggers, const std::string& more = "") {
    place();
    const Answer created = post("/v3/webhooks", body(triggers, more));
    EXPECT_EQ(created.status, 200) << created.body;
    return created.at("data.id");
  }
  static ids::ObjectId id_of(const std::string& text) {
    return ids::parse_public(text).value_or(ids::ObjectId{});
  }

  void place() {
    auto connection = database_.connect();
    for (int i = 0; i < 100; ++i) {
      auto placed = feed::place_changes(connection);
      ASSERT_TRUE(placed) << placed.error().detail;
      if (!*placed) return;
    }
  }
  // Until the end of the log, in steps of `options_`.
  void fan_out_all() {
    place();
    auto connection = database_.connect();
    for (int i = 0; i < 200; ++i) {
      auto step = server::fan_out(connection, options_, server::FullWebhooks::looked_for);
      ASSERT_TRUE(step) << step.error().message << " " << step.error().detail;
      if (!step->more) return;
    }
    FAIL() << "the log does not end";
  }
  void catch_up_all(const std::string& webhook) {
    auto connection = database_.connect();
    for (int i = 0; i < 200; ++i) {
      auto step = server::catch_up(connection, id_of(webhook), options_);
      ASSERT_TRUE(step) << step.error().message << " " << step.error().detail;
      if (!step->more) return;
    }
    FAIL() << "the webhook does not catch up";
  }

  std::vector<store::PendingDelivery> pending(const std::string& webhook, int limit = 1'000) {
    auto connection = database_.connect();
    auto found = store::pending_deliveries(connection, {id_of(webhook), {}, {}, limit});
    EXPECT_TRUE(found) << found.error().detail;
    return found ? *found : std::vector<store::PendingDelivery>{};
  }
  std::vector<std::string> pending_types(const std::string& webhook) {
    std::vector<std::string> types;
    for (const auto& each : pending(webhook)) types.push_back(each.trigger_type);
    return types;
  }
  void record(const store::PendingDelivery& delivery, store::DeliveryStatus status) {
    auto connection = database_.connect();
    ASSERT_TRUE(store::record_outcomes(connection, {{delivery.delivery_id, status, true, 1, 200, 5, ""}}));
  }

  FakeChallenger challenger_;
  server::FeedHub hub_;
  server::FanOutOptions options_;
};

}  // namespace hermod::testing
