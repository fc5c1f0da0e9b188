#include <unistd.h>

#include "server/engine/engine.hpp"

namespace hermod::server {

namespace {

std::filesystem::path beside_the_program() {
  std::error_code failed;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (failed) return {};
  const std::filesystem::path prefix = program.parent_path().parent_path();
  // build/release/bin/hermod → build/release/plugins; /usr/bin/hermod → /usr/lib/hermod/plugins
  for (const std::filesystem::path& folder : {prefix / "plugins", prefix / "lib/hermod/plugins"}) {
    if (std::filesystem::is_directory(folder, failed)) return folder;
  }
  return prefix / "plugins";
}

// The registry checks keys and types; a number of the file that no plugin can declare is refused here.
Result<SettingValue> setting_value(const std::string& key, const PluginSetting& setting) {
  if (const auto* text = std::get_if<std::string>(&setting.value)) return SettingValue(*text);
  if (const auto* number = std::get_if<std::int64_t>(&setting.value)) return SettingValue(*number);
  if (const auto* flag = std::get_if<bool>(&setting.value)) return SettingValue(*flag);
  return Error{ErrorKind::invalid_argument, ErrorScope::provider, Retry::never(),
               setting.origin + ": " + key + " must be a text, an integer or a boolean", {}, {}, {}};
}

}  // namespace

Result<host::PluginOptions> plugin_options(const Config& config) {
  host::PluginOptions options;
  options.paths = config.plugins.path;
  if (options.paths.empty()) options.paths.push_back(beside_the_program());
  options.enabled = config.plugins.enabled;
  for (const auto& [plugin, settings] : config.plugin) {
    Settings checked;
    for (const auto& [key, setting] : settings) {
      auto value = setting_value(key, setting);
      if (!value) return std::move(value).error();
      checked.set(key, std::move(*value));
    }
    options.settings.emplace(plugin, std::move(checked));
  }
  return options;
}

}  // namespace hermod::server
