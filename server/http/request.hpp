// Request: one HTTP request as a handler sees it. Plain values; no type of the HTTP library.
// Owner: the thread that serves the request; gone when the answer is sent.
#pragma once

#include <hermod/result.hpp>
#include <istream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/url.hpp"

namespace hermod::server {

enum class Method : std::uint8_t { get, post, put, patch, del };

std::string_view to_string(Method method);
std::optional<Method> parse_method(std::string_view text);  // HEAD is read as GET; absent for others

// Header fields; names compare without case (RFC 9110 §5.1).
class Headers {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  // The first of this name.
  std::optional<std::string_view> find(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// The body, read on demand and at most once. A handler that does not read it need not.
class RequestBody {
 public:
  RequestBody() = default;
  RequestBody(std::istream& stream, std::optional<std::uint64_t> announced)
      : stream_(&stream), announced_(announced) {}

  // The whole body. `limit` when it is larger than this; the rest is then unread.
  Result<std::string> read_all(std::uint64_t bytes_max);

  // For bodies that are streamed (multipart); the reader keeps to its own limit.
  std::istream* stream() { return stream_; }
  std::optional<std::uint64_t> announced() const { return announced_; }

 private:
  std::istream* stream_ = nullptr;
  std::optional<std::uint64_t> announced_;  // Content-Length; absent with chunked coding
};

// Who asks, as the authenticator found out.
struct Principal {
  std::string application_id;
  std::string key_id;                   // empty with a grant's access token
  std::optional<std::string> grant_id;  // set: this grant alone, which `me` names
};

struct Request {
  std::string id;  // "request_id" of the answer and its x-request-id
  Method method = Method::get;
  std::vector<std::string> segments;                     // of the path, decoded
  std::map<std::string, std::string, std::less<>> path;  // what stands where the route has {names}
  Query query;
  Headers headers;
  RequestBody body;
  std::string peer;  // the client's address, for rate limits; never logged
  Principal principal;

  // The segment where the route has {name}.
  const std::string& segment(std::string_view name) const { return path.find(name)->second; }

  // The token of "Authorization: Bearer …" (RFC 6750 §2.1); absent without one.
  std::optional<std::string_view> bearer() const;
};

}  // namespace hermod::server
