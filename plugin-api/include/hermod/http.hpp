// Http: requests over the host's HTTP client, under its egress policy.
#pragma once

#include <memory>
#include <vector>

#include "hermod/task.hpp"

namespace hermod {

struct HttpHeader {
  std::string name, value;
};

enum class HttpRedirects : std::uint8_t { refuse, same_host };

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // https, or http where the operator allows it
  std::vector<HttpHeader> headers;
  std::string body;
  HttpRedirects redirects = HttpRedirects::refuse;
  Duration timeout = std::chrono::seconds(60);     // to the end of the body
  std::size_t response_bytes_max = 64u << 20;      // more is Error{limit}
  std::string authority_pem;                       // as TlsPolicy::authority_pem
};

// A response whose body is read as it arrives. Destroying it early closes the exchange.
class HttpResponse {
 public:
  virtual ~HttpResponse() = default;
  virtual int status() const noexcept = 0;
  virtual const std::vector<HttpHeader>& headers() const noexcept = 0;
  // The next bytes; empty at the end.
  virtual Task<Result<std::string>> read() = 0;
  // All that is left.
  virtual Task<Result<std::string>> read_all() = 0;
};

// Implemented by the host. An HTTP status is no Error: 4xx and 5xx are responses.
class Http {
 public:
  virtual Task<Result<std::unique_ptr<HttpResponse>>> request(HttpRequest request) = 0;

 protected:
  ~Http() = default;
};

}  // namespace hermod
