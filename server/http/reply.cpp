#include "server/http/reply.hpp"

#include "server/http/error_table.hpp"

namespace hermod::server {

Reply empty_reply(const Request& request) {
  return Reply{.body = JsonWriter().begin_object().member("request_id", request.id).end_object().text()};
}

Reply error_reply(std::string_view request_id, int status, std::string_view type, std::string_view message,
                  std::string_view hint) {
  JsonWriter writer;
  writer.begin_object().member("request_id", request_id).key("error").begin_object();
  writer.member("type", type).member("message", message);
  if (!hint.empty()) writer.member("hint", hint);
  return Reply{.status = status, .body = writer.end_object().end_object().text()};
}

Reply error_reply(std::string_view request_id, const Error& error) {
  const WireError wire = wire_error(error.kind);
  // Our own mistakes tell nothing about the inside.
  const bool internal = error.kind == ErrorKind::internal;
  Reply reply =
      error_reply(request_id, wire.status, wire.type,
                  internal || error.message.empty() ? "the server could not do this" : error.message,
                  internal ? "the server's log has the reason under this request_id" : error.hint);
  if (wire.status == 429 || wire.status == 503 || wire.status == 504) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(error.retry.delay).count();
    reply.headers.emplace_back("Retry-After", std::to_string(std::max<std::int64_t>(seconds, 1)));
  }
  if (wire.status == 401) reply.headers.emplace_back("WWW-Authenticate", "Bearer");
  return reply;
}

Reply oauth_error_reply(std::string_view request_id, int status, std::string_view error, std::int64_t code,
                        std::string_view description) {
  JsonWriter writer;
  writer.begin_object().member("request_id", request_id).member("error", error).member("error_code", code);
  writer.member("error_description", description).member("error_uri", "");
  return Reply{.status = status, .body = writer.end_object().text()};
}

}  // namespace hermod::server
