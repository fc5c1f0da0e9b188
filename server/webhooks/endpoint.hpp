// Endpoints: whether an address can be a webhook's destination (contract C4).
//
// check_endpoint() looks at the address alone; challenge() asks who is there: GET url?challenge=X must answer
// 200 with X and nothing else, within challenge_limit. A redirect is an answer like any other, so it is
// refused. Threads: any; challenge() blocks.
#pragma once

#include "core/host/egress.hpp"

namespace hermod::server {

inline constexpr Duration challenge_limit = std::chrono::seconds(10);

// Error{invalid_argument}: no address of HTTP, http:// where the policy wants TLS, a fragment or user data in
// it.
Status check_endpoint(const std::string& url, host::PlainHttp plain_http);

class EndpointChallenger {
 public:
  // Error{invalid_argument} that says what was wrong with the answer.
  virtual Status challenge(const std::string& url) = 0;

 protected:
  ~EndpointChallenger() = default;
};

class HttpChallenger final : public EndpointChallenger {
 public:
  HttpChallenger(host::Runtime& runtime, host::Egress& egress) : runtime_(runtime), egress_(egress) {}
  Status challenge(const std::string& url) override;

 private:
  host::Runtime& runtime_;
  host::Egress& egress_;
};

}  // namespace hermod::server
