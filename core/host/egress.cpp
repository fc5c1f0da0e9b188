#include "core/host/egress.hpp"

#include "core/host/egress_dns.hpp"
#include "core/host/egress_http.hpp"
#include "core/host/egress_net.hpp"
#include "core/host/resolver.hpp"

namespace hermod::host {

struct Egress::Impl {
  Impl(Runtime& runtime, EgressPolicy given)
      : policy(std::move(given)),
        resolver(runtime, policy.private_hosts),
        net(runtime, policy, resolver),
        http(runtime, policy, resolver),
        dns(runtime, policy) {}

  const EgressPolicy policy;
  Resolver resolver;
  EgressNet net;
  EgressHttp http;
  EgressDns dns;
};

Egress::Egress(Runtime& runtime, EgressPolicy policy)
    : impl_(std::make_unique<Impl>(runtime, std::move(policy))) {}
Egress::~Egress() = default;

const EgressPolicy& Egress::policy() const noexcept { return impl_->policy; }
Net& Egress::net() noexcept { return impl_->net; }
Http& Egress::http() noexcept { return impl_->http; }
Dns& Egress::dns() noexcept { return impl_->dns; }

}  // namespace hermod::host
