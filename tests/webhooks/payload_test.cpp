// What a destination gets: the envelope, its signature, and what is left out of large ones.
#include <Poco/JSON/Query.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "server/json/body.hpp"
#include "server/webhooks/payload.hpp"

namespace hermod::server {
namespace {

store::PendingDelivery created(store::ObjectType object = store::ObjectType::message) {
  store::PendingDelivery delivery;
  delivery.account_id = delivery.object_id = ids::new_object_id();
  delivery.event_id = ids::new_object_id();
  delivery.trigger_type = "message.created";
  delivery.object = object;
  delivery.at = 1'700'000'000;
  return delivery;
}

std::string at(const std::string& json, const std::string& path) {
  auto object = parse_json_object(json);
  EXPECT_TRUE(object) << json.substr(0, 200);
  const auto found = Poco::JSON::Query(*object).find(path);
  return found.isEmpty() ? "" : found.toString();
}

TEST(Payload, envelope_is_the_contract_s) {
  const auto delivery = created();
  const ids::ObjectId application = ids::new_object_id();
  const std::string text = payload_text(application, delivery, R"({"id":"m","subject":"é"})");
  EXPECT_EQ(at(text, "specversion"), "1.0");
  EXPECT_EQ(at(text, "type"), "message.created");
  EXPECT_EQ(at(text, "id"), ids::to_public(delivery.event_id));
  EXPECT_EQ(at(text, "time"), "1700000000");
  EXPECT_EQ(at(text, "data.application_id"), ids::to_public(application));
  EXPECT_EQ(at(text, "data.object.subject"), "é");
  EXPECT_EQ(at(text, "source"), "/v3/grants/" + ids::to_public(delivery.account_id));
}

std::string message_of(std::size_t body_bytes, std::size_t subject_bytes) {
  return R"({"id":"m","object":"message","grant_id":"g","subject":")" + std::string(subject_bytes, 's') +
         R"(","body":")" + std::string(body_bytes, 'b') + R"(","unread":true})";
}

// Up to the limit it is whole; beyond it the type says that something is missing.
TEST(Payload, large_body_is_left_out) {
  const std::string whole = payload_text({}, created(), message_of(payload_bytes_max - 1'000, 1));
  EXPECT_EQ(at(whole, "type"), "message.created");
  EXPECT_EQ(at(whole, "data.object.body").size(), payload_bytes_max - 1'000);
  const std::string cut = payload_text({}, created(), message_of(payload_bytes_max, 1));
  EXPECT_EQ(at(cut, "type"), "message.created.truncated");
  EXPECT_EQ(at(cut, "data.object.id"), "m");
  EXPECT_EQ(at(cut, "data.object.unread"), "true");
  EXPECT_EQ(at(cut, "data.object.body"), "");
  EXPECT_LE(cut.size(), payload_bytes_max);
}

TEST(Payload, what_is_large_without_its_body_keeps_its_ids) {
  const std::string cut = payload_text({}, created(), message_of(1, payload_bytes_max));
  EXPECT_EQ(at(cut, "type"), "message.created.truncated");
  EXPECT_EQ(at(cut, "data.object.id"), "m");
  EXPECT_EQ(at(cut, "data.object.grant_id"), "g");
  EXPECT_EQ(at(cut, "data.object.subject"), "");
  EXPECT_LE(cut.size(), payload_bytes_max);
}

TEST(Payload, thread_s_latest_message_loses_its_body) {
  const std::string thread =
      R"({"id":"t","latest_draft_or_message":)" + message_of(payload_bytes_max, 1) + R"(,"snippet":"x"})";
  const std::string cut = payload_text({}, created(store::ObjectType::thread), thread);
  EXPECT_EQ(at(cut, "data.object.latest_draft_or_message.id"), "m");
  EXPECT_EQ(at(cut, "data.object.latest_draft_or_message.body"), "");
  EXPECT_EQ(at(cut, "data.object.snippet"), "x");
}

TEST(Payload, deletion_names_the_object) {
  const auto delivery = created(store::ObjectType::folder);
  const std::string text = deleted_object(delivery);
  EXPECT_EQ(at(text, "id"), ids::to_public(delivery.object_id));
  EXPECT_EQ(at(text, "grant_id"), ids::to_public(delivery.account_id));
  EXPECT_EQ(at(text, "object"), "folder");
}

// RFC 4231, test cases 1, 2 and 6 (a key longer than the block).
TEST(Signature, is_hmac_sha256) {
  EXPECT_EQ(signature(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(signature("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(signature(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

std::string gunzip(const std::string& bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string text(4 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

std::string header(const HttpRequest& request, const std::string& name) {
  for (const HttpHeader& each : request.headers) {
    if (each.name == name) return each.value;
  }
  return "";
}

// The trap of the contract: what is signed are the bytes on the wire.
TEST(Notification, signature_is_over_the_compressed_bytes) {
  store::Webhook webhook;
  webhook.settings.url = "https://x.test/";
  const std::string payload = R"({"a":1})" + std::string(1'000, ' ');
  const HttpRequest plain = notification(webhook, "secret", payload, std::chrono::seconds(10));
  EXPECT_EQ(plain.body, payload);
  EXPECT_EQ(header(plain, "x-nylas-signature"), signature("secret", payload));
  EXPECT_EQ(header(plain, "Content-Encoding"), "");
  webhook.settings.compressed = true;
  const HttpRequest packed = notification(webhook, "secret", payload, std::chrono::seconds(10));
  EXPECT_EQ(gunzip(packed.body), payload);
  EXPECT_LT(packed.body.size(), payload.size());
  EXPECT_EQ(header(packed, "x-nylas-signature"), signature("secret", packed.body));
  EXPECT_EQ(header(packed, "Content-Encoding"), "gzip");
  EXPECT_EQ(packed.redirects, HttpRedirects::refuse);
}

TEST(EventId, differs_by_webhook_place_and_trigger) {
  const ids::ObjectId one = ids::new_object_id(), other = ids::new_object_id();
  const auto id = event_id_of(one, 7, "grant.updated");
  EXPECT_EQ(id, event_id_of(one, 7, "grant.updated"));
  EXPECT_NE(id, event_id_of(other, 7, "grant.updated"));
  EXPECT_NE(id, event_id_of(one, 8, "grant.updated"));
  EXPECT_NE(id, event_id_of(one, 7, "grant.expired"));
}

}  // namespace
}  // namespace hermod::server
