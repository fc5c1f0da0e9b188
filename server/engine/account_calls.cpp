#include "server/engine/account_calls.hpp"

#include "core/host/root.hpp"

namespace hermod::server {

namespace {

constexpr Duration verify_limit = std::chrono::seconds(60);
constexpr Duration detect_limit = std::chrono::seconds(10);
constexpr Duration close_limit = std::chrono::seconds(2);
constexpr int confidence_min = 50;

Task<Status> log_in_and_out(Provider* provider, Settings settings, Credentials credentials, Host* host) {
  auto session = co_await provider->open(std::move(settings), std::move(credentials), *host);
  if (!session) co_return std::move(session).error();
  (void)co_await with_deadline((*session)->close(), close_limit);
  co_return ok();
}

}  // namespace

std::unique_ptr<host::AccountHost> AccountCalls::host_for(const host::LoadedPlugin& plugin) const {
  return std::make_unique<host::AccountHost>(host::AccountHostOptions{
      .egress = services_.egress, .log = services_.log, .metrics = services_.metrics, .plugin = plugin.name,
      .account = {}, .operator_settings = plugin.settings, .public_url = services_.public_url});
}

Status AccountCalls::verify(const std::string& provider, const Settings& settings, const Settings& secrets) {
  const host::LoadedPlugin* plugin = services_.plugins.find_provider(provider);
  if (plugin == nullptr) {
    return Error{ErrorKind::unsupported, ErrorScope::provider, Retry::never(), "no plugin for this provider is loaded", {},
                 "see `hermod plugin list`", {}};
  }
  auto host = host_for(*plugin);
  return host::run_blocking(services_.runtime, services_.runtime.make_strand(),
                            log_in_and_out(plugin->provider, settings, Credentials{secrets}, host.get()), verify_limit);
}

Result<std::optional<DetectedProvider>> AccountCalls::detect(const std::string& address) {
  std::optional<DetectedProvider> best;
  int confidence = confidence_min - 1;
  for (const host::LoadedPlugin& plugin : services_.plugins.plugins()) {
    auto host = host_for(plugin);
    auto detected = host::run_blocking(services_.runtime, services_.runtime.make_strand(),
                                       plugin.provider->detect(address, *host), detect_limit);
    // One plugin's failing look-up hides no other's answer.
    if (!detected || detected->confidence <= confidence) continue;
    confidence = detected->confidence;
    best = DetectedProvider{plugin.description.provider, std::move(detected->settings)};
  }
  return best;
}

}  // namespace hermod::server
