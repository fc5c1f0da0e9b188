// PluginRegistry: finds plugins, checks that they fit, and holds them for the life of the program.
//
// A plugin that does not fit is refused with one line that names the file, what was found and what was
// wanted; the others load all the same. Owner: the program, one. Threads: load() before others use it, then
// any. A library is never unloaded, a Provider never deleted. The contract: plugin.hpp of the plugin API.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <hermod/plugin.hpp>

namespace hermod::host {

struct LoadedPlugin {
  std::string name;
  std::string version;
  PluginStatus status = PluginStatus::alpha;
  SecurityPosture posture = SecurityPosture::trusted_server_only;
  std::filesystem::path path;
  Provider* provider = nullptr;  // lives for ever
  ProviderDescription description;
  Settings settings;  // its [plugin.NAME], checked
};

struct PluginRefusal {
  std::filesystem::path path;  // empty: nothing was found
  std::string line;            // "could not load PATH: found …, wanted …"
};

// A good one that was found but not asked for.
struct UnusedPlugin {
  std::string name;
  PluginStatus status = PluginStatus::alpha;
  std::filesystem::path path;
};

struct PluginOptions {
  std::vector<std::filesystem::path> paths;         // folders, of which hermod-*.so count, or files
  std::optional<std::vector<std::string>> enabled;  // names; absent: every stable one that is found
  std::map<std::string, Settings> settings;         // [plugin.NAME] by NAME
};

class PluginRegistry {
 public:
  static constexpr std::size_t files_max = 256;

  static PluginRegistry load(const PluginOptions& options);

  const std::vector<LoadedPlugin>& plugins() const noexcept { return plugins_; }
  const std::vector<PluginRefusal>& refusals() const noexcept { return refusals_; }
  const std::vector<UnusedPlugin>& unused() const noexcept { return unused_; }
  // Null when there is none. `provider` is its id in the API (ProviderDescription::provider).
  const LoadedPlugin* find_name(std::string_view name) const noexcept;
  const LoadedPlugin* find_provider(std::string_view provider) const noexcept;

 private:
  class Loader;
  std::vector<LoadedPlugin> plugins_;
  std::vector<PluginRefusal> refusals_;
  std::vector<UnusedPlugin> unused_;
};

}  // namespace hermod::host
