// What a request's body says of a webhook, checked; and how webhooks and deliveries are shown (contract C3).
#pragma once

#include <Poco/JSON/Object.h>

#include "core/store/delivery_store.hpp"
#include "core/store/webhook_store.hpp"
#include "server/json/writer.hpp"

namespace hermod::server {

inline constexpr std::size_t trigger_types_max = 100, notification_addresses_max = 20,
                             grant_filter_max = 1'000, folder_filter_max = 100;
inline constexpr std::size_t description_bytes_max = 4'096;

// What is absent stays as in `before`. Error{invalid_argument} names the member and the value. Addresses of
// grants are not taken, since a grant that is gone has an id alone.
Result<store::WebhookSettings> read_webhook(const Poco::JSON::Object& body, store::WebhookSettings before);
// `status`, of which active and pause can be asked for; absent: nothing.
Result<std::optional<store::WebhookStatus>> read_webhook_status(const Poco::JSON::Object& body);

// `secret` only where it was just made.
void write_webhook(JsonWriter& writer, const store::Webhook& webhook,
                   std::optional<std::string_view> secret = {});
void write_delivery(JsonWriter& writer, const ids::ObjectId& webhook_id, const store::Delivery& delivery);

}  // namespace hermod::server
