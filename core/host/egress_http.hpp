// EgressHttp: hermod::Http over one CurlEngine, under the egress policy. Owner: Egress. Threads: any strand.
//
// Redirects: refused ones are given back as the 3xx response that they are; followed ones stay on the scheme,
// host and port of the request, redirects_max of them.
#pragma once

#include "core/host/curl_engine.hpp"

namespace hermod::host {

class EgressHttp final : public Http {
 public:
  static constexpr int redirects_max = 5;
  static constexpr std::size_t url_bytes_max = 8192;

  EgressHttp(Runtime& runtime, const EgressPolicy& policy, Resolver& resolver)
      : policy_(&policy), resolver_(&resolver), engine_(CurlEngine::create(runtime, policy)) {}
  ~EgressHttp() { engine_->close(); }

  Task<Result<std::unique_ptr<HttpResponse>>> request(HttpRequest request) override;

 private:
  Task<Result<std::unique_ptr<HttpResponse>>> request_once(HttpRequest request);

  const EgressPolicy* policy_;
  Resolver* resolver_;
  std::shared_ptr<CurlEngine> engine_;
};

}  // namespace hermod::host
