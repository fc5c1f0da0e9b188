#include "server/webhooks/payload.hpp"

#include <Poco/JSON/Object.h>
#include <openssl/hmac.h>
#include <zlib.h>

#include <algorithm>
#include <sstream>

#include "core/ids/sha256.hpp"
#include "core/ids/text_encoding.hpp"
#include "server/feed/filter.hpp"
#include "server/json/body.hpp"
#include "server/json/writer.hpp"
#include "server/webhooks/trigger.hpp"

namespace hermod::server {
namespace {

constexpr std::size_t answer_bytes_max = 64 << 10;  // what a destination says beside its status
constexpr std::string_view large_fields[] = {"body", "raw_mime"};
constexpr std::string_view kept_fields[] = {"id",      "object", "grant_id", "thread_id",
                                            "folders", "date",   "code"};

std::string source_of(const store::PendingDelivery& delivery) {
  if (delivery.account_id == ids::ObjectId{}) return "/v3/webhooks";
  return "/v3/grants/" + ids::to_public(delivery.account_id);
}

std::string envelope(const ids::ObjectId& application_id, const store::PendingDelivery& delivery,
                     std::string_view type, std::string_view object) {
  JsonWriter writer;
  writer.begin_object().member("specversion", "1.0").member("type", type);
  writer.member("source", source_of(delivery)).member("id", ids::to_public(delivery.event_id));
  writer.member("time", delivery.at).key("data").begin_object();
  writer.member("application_id", ids::to_public(application_id)).raw_member("object", object);
  return writer.end_object().end_object().text();
}

std::string text_of(const Poco::JSON::Object& object) {
  std::ostringstream out;
  object.stringify(out);
  return out.str();
}

void drop_large_fields(Poco::JSON::Object& object) {
  for (const std::string_view field : large_fields) object.remove(std::string(field));
  Poco::JSON::Object::Ptr latest = object.getObject("latest_draft_or_message");  // a thread's
  if (latest) drop_large_fields(*latest);
}

void drop_all_but_ids(Poco::JSON::Object& object) {
  for (const std::string& name : object.getNames()) {
    if (std::ranges::find(kept_fields, name) == std::end(kept_fields)) object.remove(name);
  }
}

}  // namespace

ids::ObjectId event_id_of(const ids::ObjectId& webhook_id, std::int64_t position,
                          std::string_view trigger_type) {
  ids::Sha256 hash;
  hash.update(ids::to_uuid_text(webhook_id));
  hash.update("/" + std::to_string(position) + "/");
  hash.update(trigger_type);
  const ids::Sha256Digest digest = hash.finish();
  ids::ObjectId id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  return id;
}

std::string payload_text(const ids::ObjectId& application_id, const store::PendingDelivery& delivery,
                         std::string object) {
  std::string whole = envelope(application_id, delivery, delivery.trigger_type, object);
  if (whole.size() <= payload_bytes_max) return whole;
  const std::string type = delivery.trigger_type + std::string(truncated_suffix);
  auto parsed = parse_json_object(object);
  if (parsed) {
    drop_large_fields(**parsed);
    whole = envelope(application_id, delivery, type, text_of(**parsed));
    if (whole.size() <= payload_bytes_max) return whole;
    drop_all_but_ids(**parsed);
    whole = envelope(application_id, delivery, type, text_of(**parsed));
    if (whole.size() <= payload_bytes_max) return whole;
  }
  return envelope(application_id, delivery, type, deleted_object(delivery));
}

std::string deleted_object(const store::PendingDelivery& delivery) {
  JsonWriter writer;
  writer.begin_object().member("id", ids::to_public(delivery.object_id));
  writer.member("grant_id", ids::to_public(delivery.account_id))
      .member("object", object_name(delivery.object));
  return writer.end_object().text();
}

std::string test_object(const store::PendingDelivery& delivery) {
  JsonWriter writer;
  writer.begin_object().member("id", ids::to_public(delivery.object_id)).member("grant_id", "test");
  writer.member("object", object_name(delivery.object)).member("test", true);
  if (delivery.object == store::ObjectType::message || delivery.object == store::ObjectType::draft) {
    writer.member("subject", "A test event")
        .member("snippet", "Nothing happened")
        .member("body", "Nothing happened");
    writer.member("date", delivery.at).member("unread", true).member("starred", false);
  }
  return writer.end_object().text();
}

std::string signature(std::string_view secret, std::string_view bytes) {
  ids::Sha256Digest digest{};
  unsigned size = 0;
  const auto* made =
      ::HMAC(::EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data(), &size);
  if (made == nullptr || size != digest.size()) rule_broken("HMAC-SHA256 failed");
  return ids::hex_encode(ids::as_bytes(digest));
}

std::string gzip(std::string_view bytes) {
  constexpr int gzip_window_bits = 15 + 16, memory_level = 8;
  z_stream stream{};
  if (::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window_bits, memory_level,
                     Z_DEFAULT_STRATEGY) != Z_OK)
    rule_broken("zlib could not be initialized");
  std::string compressed(::deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  const int ended = ::deflate(&stream, Z_FINISH);
  compressed.resize(stream.total_out);
  ::deflateEnd(&stream);
  if (ended != Z_STREAM_END) rule_broken("zlib did not compress in one step");
  return compressed;
}

HttpRequest notification(const store::Webhook& webhook, std::string_view secret, std::string payload,
                         Duration timeout) {
  HttpRequest request;
  request.method = "POST";
  request.url = webhook.settings.url;
  request.headers = {{"Content-Type", "application/json"}};
  if (webhook.settings.compressed) {
    payload = gzip(payload);
    request.headers.push_back({"Content-Encoding", "gzip"});
  }
  request.headers.push_back({"x-nylas-signature", signature(secret, payload)});
  request.body = std::move(payload);
  request.timeout = timeout;
  request.response_bytes_max = answer_bytes_max;
  return request;
}

}  // namespace hermod::server
