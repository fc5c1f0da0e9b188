#include "server/webhooks/webhook_routes.hpp"

#include "core/store/application_store.hpp"
#include "server/api/json_input.hpp"
#include "server/api/list_query.hpp"
#include "server/api/route_context.hpp"
#include "server/failure.hpp"
#include "server/feed/cursor.hpp"
#include "server/webhooks/trigger.hpp"
#include "server/webhooks/webhook_input.hpp"

namespace hermod::server {
namespace {

struct Webhooks {
  WebhookServices services;
  std::int64_t started_at = store::unix_seconds();
};
using WebhooksPointer = std::shared_ptr<Webhooks>;
using WebhookHandler = Result<Reply> (*)(Webhooks&, Request&, const ids::ObjectId& webhook_id);

Result<ids::ObjectId> webhook_named(const Request& request) {
  const auto webhook_id = ids::parse_public(request.segment("webhook"));
  if (!webhook_id) return failure(ErrorKind::not_found, "there is no such webhook");
  return *webhook_id;
}

Reply webhook_reply(const Request& request, const store::Webhook& webhook,
                    std::optional<std::string_view> secret = {}) {
  return data_reply(request, [&](JsonWriter& writer) { write_webhook(writer, webhook, secret); });
}

Status check_and_challenge(Webhooks& webhooks, const std::string& url) {
  if (Status checked = check_endpoint(url, webhooks.services.plain_http); !checked) return checked;
  return webhooks.services.challenger.challenge(url);
}

Result<Reply> list(Webhooks& webhooks, Request& request) {
  auto connection = webhooks.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto found = store::list_webhooks(*connection, application_of(request));
  if (!found) return std::move(found).error();
  return list_reply(
      request,
      [&](JsonWriter& writer) {
        for (const store::Webhook& each : *found) write_webhook(writer, each);
      },
      std::nullopt);
}

// Holds no connection while it waits for the challenge; neither does update().
Result<Reply> create(Webhooks& webhooks, Request& request) {
  auto body = read_json_body(request, webhooks.services.json_body_bytes);
  if (!body) return std::move(body).error();
  auto settings = read_webhook(**body, {});
  if (!settings) return std::move(settings).error();
  if (Status reached = check_and_challenge(webhooks, settings->url); !reached)
    return std::move(reached).error();
  auto connection = webhooks.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto created =
      store::create_webhook(*connection, webhooks.services.keys, application_of(request), *settings);
  if (!created) return std::move(created).error();
  return webhook_reply(request, created->webhook, created->secret.reveal());
}

Result<Reply> ip_addresses(Webhooks& webhooks, Request& request) {
  return data_reply(request, [&](JsonWriter& writer) {
    writer.begin_object().key("ip_addresses").begin_array();
    for (const std::string& each : webhooks.services.ip_addresses) writer.value(each);
    writer.end_array().member("updated_at", webhooks.started_at).end_object();
  });
}

Result<store::Webhook> load(Webhooks& webhooks, const Request& request, const ids::ObjectId& webhook_id) {
  auto connection = webhooks.services.database.connect();
  if (!connection) return std::move(connection).error();
  return store::find_webhook(*connection, application_of(request), webhook_id);
}

Result<Reply> find(Webhooks& webhooks, Request& request, const ids::ObjectId& webhook_id) {
  auto webhook = load(webhooks, request, webhook_id);
  if (!webhook) return std::move(webhook).error();
  return webhook_reply(request, *webhook);
}

Result<Reply> update(Webhooks& webhooks, Request& request, const ids::ObjectId& webhook_id) {
  auto body = read_json_body(request, webhooks.services.json_body_bytes);
  if (!body) return std::move(body).error();
  auto before = load(webhooks, request, webhook_id);
  if (!before) return std::move(before).error();
  auto settings = read_webhook(**body, before->settings);
  auto status = read_webhook_status(**body);
  for (const Error* error : {error_of(settings), error_of(status)}) {
    if (error != nullptr) return *error;
  }
  const bool back = *status == store::WebhookStatus::active && before->status != store::WebhookStatus::active;
  if (back || settings->url != before->settings.url) {
    if (Status reached = check_and_challenge(webhooks, settings->url); !reached)
      return std::move(reached).error();
  }
  auto connection = webhooks.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto updated = store::update_webhook(*connection, application_of(request), webhook_id, *settings, *status);
  if (!updated) return std::move(updated).error();
  return webhook_reply(request, *updated);
}

Result<Reply> destroy(Webhooks& webhooks, Request& request, const ids::ObjectId& webhook_id) {
  auto connection = webhooks.services.database.connect();
  if (!connection) return std::move(connection).error();
  if (Status deleted = store::delete_webhook(*connection, application_of(request), webhook_id); !deleted)
    return std::move(deleted).error();
  return data_reply(
      request, [](JsonWriter& writer) { writer.begin_object().member("status", "success").end_object(); });
}

Result<Reply> rotate_secret(Webhooks& webhooks, Request& request, const ids::ObjectId& webhook_id) {
  auto connection = webhooks.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto rotated =
      store::rotate_webhook_secret(*connection, webhooks.services.keys, application_of(request), webhook_id);
  if (!rotated) return std::move(rotated).error();
  return webhook_reply(request, rotated->webhook, rotated->secret.reveal());
}

Result<Reply> deliveries(Webhooks& webhooks, Request& request, const ids::ObjectId& webhook_id) {
  auto page = parse_page(request.query, webhook_id, ListKind::deliveries);
  if (!page) return std::move(page).error();
  store::DeliveryFilter filter;
  filter.limit = page->limit + 1;
  if (page->after) filter.before = page->after->id;
  if (const auto text = parse_text(request.query, "status")) {
    filter.status = store::parse_delivery_status(*text);
    if (!filter.status)
      return failure(ErrorKind::invalid_argument, "`status` has an unknown value",
                     "one of pending, delivered, failed, skipped");
  }
  auto connection = webhooks.services.database.connect();
  if (!connection) return std::move(connection).error();
  if (auto owned = store::find_webhook(*connection, application_of(request), webhook_id); !owned)
    return std::move(owned).error();
  auto found = store::list_deliveries(*connection, webhook_id, filter);
  if (!found) return std::move(found).error();
  std::optional<std::string> cursor;
  if (found->size() > static_cast<std::size_t>(page->limit)) {
    found->pop_back();
    cursor = page_token(webhook_id, ListKind::deliveries, {.at = 0, .id = found->back().of.delivery_id});
  }
  return list_reply(
      request,
      [&](JsonWriter& writer) {
        for (const store::Delivery& each : *found) write_delivery(writer, webhook_id, each);
      },
      cursor);
}

// Of this application and being delivered to.
Status check_receiving(store::Connection& connection, const Request& request,
                       const ids::ObjectId& webhook_id) {
  auto webhook = store::find_webhook(connection, application_of(request), webhook_id);
  if (!webhook) return std::move(webhook).error();
  if (webhook->status == store::WebhookStatus::active || webhook->status == store::WebhookStatus::failing)
    return ok();
  return failure(ErrorKind::conflict,
                 "the webhook's status is " + std::string(store::to_string(webhook->status)),
                 "set it to active first");
}

Result<Reply> redeliver(Webhooks& webhooks, Request& request, const ids::ObjectId& webhook_id) {
  const auto delivery_id = ids::parse_public(request.segment("delivery"));
  if (!delivery_id) return failure(ErrorKind::not_found, "there is no such delivery");
  auto connection = webhooks.services.database.connect();
  if (!connection) return std::move(connection).error();
  if (Status receiving = check_receiving(*connection, request, webhook_id); !receiving)
    return std::move(receiving).error();
  auto delivery = store::redeliver(*connection, webhook_id, *delivery_id);
  if (!delivery) return std::move(delivery).error();
  return data_reply(request, [&](JsonWriter& writer) { write_delivery(writer, webhook_id, *delivery); });
}

Result<Reply> replay(Webhooks& webhooks, Request& request, const ids::ObjectId& webhook_id) {
  auto body = read_json_body(request, webhooks.services.json_body_bytes);
  if (!body) return std::move(body).error();
  auto text = text_member(**body, "cursor");
  if (!text) return std::move(text).error();
  const ids::ObjectId application_id = application_of(request);
  const auto cursor = parse_cursor({FeedScope::Kind::application, application_id}, text->value_or(""));
  if (!cursor || cursor->stage != FeedCursor::Stage::log) {
    return failure(ErrorKind::invalid_argument, "`cursor` is not one of the log of /v3/changes",
                   "pass the `cursor` of an entry or a `next_cursor` of /v3/changes");
  }
  auto connection = webhooks.services.database.connect();
  if (!connection) return std::move(connection).error();
  if (Status begun = store::replay_webhook(*connection, application_id, webhook_id, cursor->number); !begun)
    return std::move(begun).error();
  auto webhook = store::find_webhook(*connection, application_id, webhook_id);
  if (!webhook) return std::move(webhook).error();
  return webhook_reply(request, *webhook);
}

Result<Reply> test(Webhooks& webhooks, Request& request, const ids::ObjectId& webhook_id) {
  auto body = read_json_body(request, webhooks.services.json_body_bytes);
  if (!body) return std::move(body).error();
  auto wanted = text_member(**body, "trigger_type");
  if (!wanted) return std::move(wanted).error();
  auto connection = webhooks.services.database.connect();
  if (!connection) return std::move(connection).error();
  if (Status receiving = check_receiving(*connection, request, webhook_id); !receiving)
    return std::move(receiving).error();
  store::NewDelivery event;
  event.webhook_id = webhook_id;
  event.trigger_type = wanted->value_or("message.created");
  const auto object = object_of(event.trigger_type);
  if (!object)
    return failure(ErrorKind::invalid_argument,
                   "there is no test event of `trigger_type` " + event.trigger_type);
  std::tie(event.object, event.change) = *object;
  event.at = store::unix_seconds();
  auto delivery_id = store::add_test_delivery(*connection, event);
  if (!delivery_id) return std::move(delivery_id).error();
  store::Delivery delivery;
  delivery.of.delivery_id = delivery.of.event_id = *delivery_id;
  delivery.of.trigger_type = event.trigger_type;
  delivery.of.at = event.at;
  return data_reply(request, [&](JsonWriter& writer) { write_delivery(writer, webhook_id, delivery); });
}

// A grant's access token does not reach what belongs to the application.
Status admit(const Request& request) {
  if (!request.principal.grant_id) return ok();
  return failure(ErrorKind::denied, "an access token cannot use webhooks", "use an API key");
}

using ApplicationWide = Result<Reply> (*)(Webhooks&, Request&);
Handler of_application(const WebhooksPointer& webhooks, ApplicationWide handler) {
  return [webhooks, handler](Request& request) -> Result<Reply> {
    if (Status admitted = admit(request); !admitted) return std::move(admitted).error();
    return handler(*webhooks, request);
  };
}
Handler of_webhook(const WebhooksPointer& webhooks, WebhookHandler handler) {
  return [webhooks, handler](Request& request) -> Result<Reply> {
    if (Status admitted = admit(request); !admitted) return std::move(admitted).error();
    auto webhook_id = webhook_named(request);
    if (!webhook_id) return std::move(webhook_id).error();
    return handler(*webhooks, request, *webhook_id);
  };
}

}  // namespace

void add_webhook_routes(Router& router, WebhookServices services) {
  const auto webhooks = std::make_shared<Webhooks>(std::move(services));
  router.get("/v3/webhooks", of_application(webhooks, list));
  router.post("/v3/webhooks", of_application(webhooks, create));
  router.get("/v3/webhooks/ip-addresses", of_application(webhooks, ip_addresses));
  router.get("/v3/webhooks/{webhook}", of_webhook(webhooks, find));
  router.put("/v3/webhooks/{webhook}", of_webhook(webhooks, update));
  router.del("/v3/webhooks/{webhook}", of_webhook(webhooks, destroy));
  router.post("/v3/webhooks/rotate-secret/{webhook}", of_webhook(webhooks, rotate_secret));
  router.get("/v3/webhooks/{webhook}/deliveries", of_webhook(webhooks, deliveries));
  router.post("/v3/webhooks/{webhook}/deliveries/{delivery}/redeliver", of_webhook(webhooks, redeliver));
  router.post("/v3/webhooks/{webhook}/replay", of_webhook(webhooks, replay));
  router.post("/v3/webhooks/{webhook}/test", of_webhook(webhooks, test));
}

}  // namespace hermod::server
