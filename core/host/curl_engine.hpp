// CurlEngine: libcurl's multi handle driven by Asio's readiness and timer, on a strand of its own.
//
// Owner: the HTTP client, by shared_ptr; handlers that still run keep it alive, close() makes it let go.
// Threads: start, abort, resume and close from any (they post). Limits: exchanges_max at once; connections as
// the policy says.
#pragma once

#include <memory>

#include "core/host/http_exchange.hpp"

namespace hermod::host {

class CurlEngine {
 public:
  static constexpr std::size_t exchanges_max = 4096;

  static std::shared_ptr<CurlEngine> create(Runtime& runtime, const EgressPolicy& policy);
  virtual ~CurlEngine() = default;

  // The exchange is told how it went; at once when there are too many.
  virtual void start(std::shared_ptr<HttpExchange> exchange) = 0;
  // Drops it if it still runs.
  virtual void abort(std::shared_ptr<HttpExchange> exchange) = 0;
  // Goes on after its buffer was drained.
  virtual void resume(std::shared_ptr<HttpExchange> exchange) = 0;
  virtual void close() = 0;
};

}  // namespace hermod::host
