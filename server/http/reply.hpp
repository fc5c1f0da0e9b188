// Reply: the answer to one request, and the helpers that give every answer the contract's shape:
//   {"request_id": "...", "data": ..., "next_cursor": "..."}    and for failures
//   {"request_id": "...", "error": {"type": "api....", "message": "...", "hint": "..."}}
// Every success has a JSON body, deletions too: clients parse it always.
#pragma once

#include <functional>
#include <hermod/result.hpp>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http/request.hpp"
#include "server/json/writer.hpp"

namespace hermod::server {

class DetachedClient;

struct Reply {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};

  // Instead of `body`: writes it piece by piece, for attachments. Length known: Content-Length, else chunked.
  // Called on the serving thread after the header is out; failing closes the connection, so that the client
  // notices.
  std::function<Status(std::ostream&)> stream{};
  std::optional<std::uint64_t> stream_bytes{};

  // What the answer holds of a budget, until it is sent.
  std::shared_ptr<const void> holds{};

  // Instead of both: takes the connection over once the header is out (feeds that stay open).
  std::function<void(DetachedClient)> detach{};
};

// What a handler gives back; an Error becomes an error answer by the table in error_table.hpp.
using Handler = std::function<Result<Reply>(Request&)>;

// `data` writes exactly one JSON value.
template <class WriteData>
Reply data_reply(const Request& request, WriteData&& data, int status = 200) {
  JsonWriter writer;
  writer.begin_object().member("request_id", request.id).key("data");
  data(writer);
  return Reply{.status = status, .body = writer.end_object().text()};
}

// `items` writes the members of the array. No cursor at the end of the list: clients stop there.
template <class WriteItems>
Reply list_reply(const Request& request, WriteItems&& items, const std::optional<std::string>& next_cursor) {
  JsonWriter writer;
  writer.begin_object().member("request_id", request.id).key("data").begin_array();
  items(writer);
  return Reply{.body = writer.end_array().member("next_cursor", next_cursor).end_object().text()};
}

// {"request_id": ...} alone.
Reply empty_reply(const Request& request);

// By the table; rate_limited, unavailable and timeout carry Retry-After.
Reply error_reply(std::string_view request_id, const Error& error);

// For the few types that are no kind of Error (`api.invalid_idempotency_key`, …).
Reply error_reply(std::string_view request_id, int status, std::string_view type, std::string_view message,
                  std::string_view hint = {});

// The flat shape of the paths connect/token and connect/revoke (RFC 6749 §5.2).
Reply oauth_error_reply(std::string_view request_id, int status, std::string_view error, std::int64_t code,
                        std::string_view description);

}  // namespace hermod::server
