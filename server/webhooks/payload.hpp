// The notification that a destination gets (contract C4, after CloudEvents 1.0), and what proves where it
// comes from.
//
// The signature is over the bytes on the wire, after compression. Threads: any.
#pragma once

#include <hermod/http.hpp>

#include "core/secrets/secret_string.hpp"
#include "core/store/delivery_store.hpp"
#include "core/store/webhook_store.hpp"

namespace hermod::server {

inline constexpr std::size_t payload_bytes_max = 1 << 20;  // beyond it large fields are left out

// The same for the same event of the same webhook, whoever makes it and however often.
ids::ObjectId event_id_of(const ids::ObjectId& webhook_id, std::int64_t position,
                          std::string_view trigger_type);

// `object`: JSON. Where the whole would be larger than payload_bytes_max, bodies are left out, then every
// field but the ids, and the type ends in `.truncated`.
std::string payload_text(const ids::ObjectId& application_id, const store::PendingDelivery& delivery,
                         std::string object);

// The object of a deletion.
std::string deleted_object(const store::PendingDelivery& delivery);
// What a test event carries.
std::string test_object(const store::PendingDelivery& delivery);

// Lower-case hex of HMAC-SHA256 (RFC 2104).
std::string signature(std::string_view secret, std::string_view bytes);
// RFC 1952.
std::string gzip(std::string_view bytes);

// The whole request. Redirects are refused: what was signed for one address is not sent to another.
HttpRequest notification(const store::Webhook& webhook, std::string_view secret, std::string payload,
                         Duration timeout);

}  // namespace hermod::server
