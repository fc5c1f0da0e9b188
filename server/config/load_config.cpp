#include <unistd.h>

#include <algorithm>

#include "core/durability/durable_step.hpp"
#include "server/config/config.hpp"
#include "server/config/toml_file.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr std::string_view plugin_prefix = "HERMOD_PLUGIN_";

Error refused(std::string message, std::string hint = {}) {
  return failure(ErrorKind::invalid_argument, std::move(message), std::move(hint));
}

std::string_view find(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string_view{} : std::string_view(found->second);
}

std::filesystem::path config_file(const std::filesystem::path& given, const Environment& environment) {
  if (!given.empty()) return given;
  if (const auto variable = find(environment, "HERMOD_CONFIG"); !variable.empty()) return variable;
  const std::filesystem::path usual = "/etc/hermod/hermod.toml";
  std::error_code ignored;
  return std::filesystem::exists(usual, ignored) ? usual : std::filesystem::path{};
}

// The short name is applied first, so that the full name wins where both are set.
Status apply_variables(std::span<const Key> keys, const Environment& environment) {
  for (const Key& key : keys) {
    for (const std::string& name : {std::string(key.short_variable), variable_name(key)}) {
      const auto text = find(environment, name);
      if (name.empty() || text.empty()) continue;
      if (auto status = assign(key, from_variable(key, text)); !status) {
        return refused(name + " " + status.error().message, status.error().hint);
      }
    }
  }
  return ok();
}

// HERMOD_PLUGIN_<NAME>_<KEY> sets a key of [plugin.NAME]; a plugin's name has no underscore.
bool apply_plugin_variable(const std::string& name, const std::string& text, Config& config) {
  if (!name.starts_with(plugin_prefix)) return false;
  std::string rest = name.substr(plugin_prefix.size());
  std::ranges::transform(rest, rest.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  const auto underscore = rest.find('_');
  if (underscore == std::string::npos || underscore == 0 || underscore + 1 == rest.size()) return false;
  config.plugin[rest.substr(0, underscore)].insert_or_assign(rest.substr(underscore + 1),
                                                             PluginSetting{text, name});
  return true;
}

// Only a warning: an orchestrator sets variables of its own for a service named hermod (HERMOD_PORT, …).
void note_unknown_variables(std::span<const Key> keys, const Environment& environment, Config& config) {
  std::vector<std::string> names{"HERMOD_CONFIG", durability::durable_steps_variable};
  for (const Key& key : keys) {
    names.push_back(variable_name(key));
    if (!key.short_variable.empty()) names.emplace_back(key.short_variable);
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (auto entry = environment.lower_bound("HERMOD_"); entry != environment.end(); ++entry) {
    const auto& [name, text] = *entry;
    if (!name.starts_with("HERMOD_")) break;
    if (std::ranges::find(known, name) != known.end()) continue;
    if (apply_plugin_variable(name, text, config)) continue;
    const auto suggestion = nearest(name, known);
    config.warnings.push_back("the variable " + name + " is not known" +
                              (suggestion.empty() ? "" : "; did you mean " + std::string(suggestion) + "?"));
  }
}

Result<std::filesystem::path> default_data_dir(const Environment& environment) {
  if (geteuid() == 0) return std::filesystem::path("/var/lib/hermod");
  if (const auto data = find(environment, "XDG_DATA_HOME"); data.starts_with('/')) {
    return std::filesystem::path(data) / "hermod";
  }
  if (const auto home = find(environment, "HOME"); home.starts_with('/')) {
    return std::filesystem::path(home) / ".local/share/hermod";
  }
  return refused("there is no data folder: neither HOME nor XDG_DATA_HOME is set", "set HERMOD_DATA_DIR");
}

Status check_listen(const Config::Server& server) {
  if (server.tls_cert.empty() != server.tls_key.empty()) {
    return refused("server.tls_cert and server.tls_key go together: one of them is missing");
  }
  if (is_loopback(server.listen) || !server.tls_cert.empty()) return ok();
  if (server.allow_insecure_listen == InsecureListen::allow) return ok();
  return refused(
      "server.listen = \"" + to_string(server.listen) + "\" would serve mail to the network without TLS",
      "set server.tls_cert and server.tls_key; or listen on 127.0.0.1 behind a proxy; or, where the "
      "network is trusted, set server.allow_insecure_listen = true "
      "(HERMOD_SERVER_ALLOW_INSECURE_LISTEN=true)");
}

Status check_roles(const Config::Server& server) {
  constexpr std::string_view known[] = {"api", "sync", "webhooks"};
  if (server.roles.empty())
    return refused("server.roles is empty", "name at least one of api, sync, webhooks");
  for (const std::string& role : server.roles) {
    if (std::ranges::find(known, role) != std::end(known)) continue;
    return refused("server.roles: there is no role `" + role + "`", "the roles are api, sync and webhooks");
  }
  return ok();
}

Status check_public_url(const Config::Server& server) {
  if (server.public_url.empty()) return ok();
  if (server.public_url.starts_with("https://") || server.public_url.starts_with("http://")) return ok();
  return refused("server.public_url must begin with https:// or http://");
}

}  // namespace

Result<Config> load_config(const std::filesystem::path& path, const Environment& environment) {
  Config config;
  const auto keys = config_keys(config);
  config.file = config_file(path, environment);
  if (!config.file.empty()) {
    if (auto status = read_toml_file(config.file, keys, config); !status) return std::move(status).error();
  }
  if (auto status = apply_variables(keys, environment); !status) return std::move(status).error();
  note_unknown_variables(keys, environment, config);

  if (config.server.data_dir.empty()) {
    auto folder = default_data_dir(environment);
    if (!folder) return std::move(folder).error();
    config.server.data_dir = *std::move(folder);
  }
  std::error_code failed;
  config.server.data_dir = std::filesystem::absolute(config.server.data_dir, failed).lexically_normal();
  if (failed) return refused("server.data_dir: " + failed.message());
  if (config.blobs.path.empty()) config.blobs.path = config.server.data_dir / "blobs";
  for (const auto check : {check_listen, check_roles, check_public_url}) {
    if (auto status = check(config.server); !status) return std::move(status).error();
  }
  return config;
}

}  // namespace hermod::server
