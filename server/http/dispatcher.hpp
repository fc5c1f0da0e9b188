// Dispatcher: from a request line to an answer: path, route, authentication, rate limits, handler, error
// shape.
//
// Knows nothing of sockets, so that tests call it directly. Thread-safe once the router is filled.
// Whatever a handler throws becomes api.internal_error; what it threw goes to the log under the request's id.
#pragma once

#include <atomic>
#include <functional>
#include <hermod/result.hpp>
#include <string_view>

#include "server/http/rate_limit.hpp"
#include "server/http/router.hpp"
#include "server/metrics/metrics.hpp"

namespace hermod::server {

// Finds out who asks, from the request's header fields. `auth` where nobody known does.
using Authenticator = std::function<Result<Principal>(const Request&)>;

class Dispatcher {
 public:
  struct Options {
    Authenticator authenticate;
    std::int64_t requests_per_second_key;
    std::int64_t requests_per_second_grant;
  };

  Dispatcher(const Router& router, Options options, Metrics& metrics);

  // `request` comes with its header fields, body and peer; the rest is filled in here.
  Reply dispatch(std::string_view method, std::string_view target, Request& request);

  // Requests between their first byte and the end of their answer.
  std::int64_t in_flight() const { return in_flight_.load(); }

  // Held by whoever serves a request, until the answer is sent.
  class InFlight {
   public:
    explicit InFlight(Dispatcher& dispatcher) : dispatcher_(dispatcher) { ++dispatcher_.in_flight_; }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;
    ~InFlight() { --dispatcher_.in_flight_; }

   private:
    Dispatcher& dispatcher_;
  };

 private:
  Result<Reply> route(std::string_view method, std::string_view target, Request& request,
                      std::string_view& pattern);
  Status admit(Request& request);
  void record(std::string_view pattern, std::string_view method, int status, double seconds,
              const Request& request);

  const Router& router_;
  Authenticator authenticate_;
  RateLimit key_limit_;
  RateLimit grant_limit_;
  Metrics& metrics_;
  std::atomic<std::int64_t> in_flight_{0};
};

}  // namespace hermod::server
