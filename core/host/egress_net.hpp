// EgressNet: hermod::Net over sockets, under the egress policy. Owner: Egress. Threads: any strand.
#pragma once

#include "core/host/connect_pacer.hpp"
#include "core/host/socket_stream.hpp"

namespace hermod::host {

class EgressNet final : public Net {
 public:
  EgressNet(Runtime& runtime, const EgressPolicy& policy, Resolver& resolver)
      : runtime_(&runtime), policy_(&policy), resolver_(&resolver), pacer_(policy.connects_per_second) {}
  Task<Result<std::unique_ptr<Stream>>> connect(ConnectOptions options) override;

 private:
  Task<Result<std::unique_ptr<Stream>>> connect_all(ConnectOptions options);

  Runtime* runtime_;
  const EgressPolicy* policy_;
  Resolver* resolver_;
  ConnectPacer pacer_;
  TlsTrust trust_;
};

}  // namespace hermod::host
