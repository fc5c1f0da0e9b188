// EgressDns: hermod::Dns by the system's stub resolver, on a resolver thread. Owner: Egress. Threads: any
// strand. A cancelled query is left behind there; it ends by itself after its attempts.
#pragma once

#include "core/host/egress.hpp"

namespace hermod::host {

class EgressDns final : public Dns {
 public:
  static constexpr int attempt_seconds = 3;
  static constexpr int attempts = 2;

  EgressDns(Runtime& runtime, const EgressPolicy& policy) noexcept : runtime_(&runtime), policy_(&policy) {}
  Task<Result<std::vector<DnsRecord>>> query(std::string name, DnsType type) override;

 private:
  Runtime* runtime_;
  const EgressPolicy* policy_;
};

}  // namespace hermod::host
