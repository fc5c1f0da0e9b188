// Calls without an account: verify a login, detect a provider. They run in a session of their own under the same
// egress policy as the accounts, and block the caller.
#pragma once

#include "core/host/account_host.hpp"
#include "core/host/plugin_registry.hpp"
#include "server/api/api.hpp"

namespace hermod::server {

class AccountCalls final : public AccountVerifier, public ProviderDetector {
 public:
  struct Services {
    host::Runtime& runtime;
    host::Egress& egress;
    const host::PluginRegistry& plugins;
    hermod::Log& log;
    host::MetricsSink& metrics;
    std::optional<std::string> public_url;  // where servers reach us
  };
  explicit AccountCalls(Services services) : services_(services) {}

  Status verify(const std::string& provider, const Settings& settings, const Settings& secrets) override;
  Result<std::optional<DetectedProvider>> detect(const std::string& address) override;

 private:
  std::unique_ptr<host::AccountHost> host_for(const host::LoadedPlugin& plugin) const;
  Services services_;
};

}  // namespace hermod::server
