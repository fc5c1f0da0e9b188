#include "server/webhooks/prepare.hpp"

#include "server/feed/object_reader.hpp"
#include "server/webhooks/payload.hpp"
#include "server/webhooks/trigger.hpp"

namespace hermod::server {
namespace {

bool is_test(const store::PendingDelivery& delivery) { return delivery.account_id == ids::ObjectId{}; }

// A deletion tells the id alone, but of a grant the grant.
bool reads_object(const store::PendingDelivery& delivery) {
  return !is_test(delivery) &&
         (delivery.change != store::ChangeType::deleted || delivery.object == store::ObjectType::grant);
}

// The code of a grant whose first sync ended is that of one that was created.
store::ChangeType told_change(const store::PendingDelivery& delivery) {
  return delivery.trigger_type == trigger_first_sync_ended ? store::ChangeType::created : delivery.change;
}

}  // namespace

Result<std::vector<std::optional<HttpRequest>>> prepare(store::Connection& connection,
                                                        const store::SecretWebhook& webhook,
                                                        const std::vector<store::PendingDelivery>& deliveries,
                                                        Duration timeout) {
  std::vector<ObjectRef> wanted;
  for (const store::PendingDelivery& each : deliveries) {
    if (reads_object(each)) wanted.push_back({each.object, each.object_id, told_change(each)});
  }
  std::vector<std::optional<std::string>> objects;
  if (!wanted.empty()) {
    auto read = read_objects(connection, deliveries.front().account_id, wanted);
    if (!read) return std::move(read).error();
    objects = std::move(*read);
  }
  std::vector<std::optional<HttpRequest>> requests;
  std::size_t next = 0;
  for (const store::PendingDelivery& each : deliveries) {
    std::optional<std::string> object;
    if (is_test(each)) {
      object = test_object(each);
    } else if (reads_object(each)) {
      object = std::move(objects[next++]);
    } else {
      object = deleted_object(each);
    }
    requests.emplace_back();
    if (!object) continue;
    std::string payload = payload_text(webhook.webhook.application_id, each, std::move(*object));
    requests.back() = notification(webhook.webhook, webhook.secret.reveal(), std::move(payload), timeout);
  }
  return requests;
}

}  // namespace hermod::server
