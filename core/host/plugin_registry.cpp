#include "core/host/plugin_registry.hpp"

#include <algorithm>
#include <set>

#include <dlfcn.h>
#include <link.h>
#include <boost/dll/shared_library.hpp>

#include "core/host/plugin_checks.hpp"

namespace hermod::host {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view file_prefix = "hermod-";
constexpr std::string_view file_suffix = ".so";

// "hermod-NAME.so" → NAME; empty: it is named otherwise.
std::string name_of_file(const fs::path& path) {
  const std::string file = path.filename().string();
  if (!file.starts_with(file_prefix) || !file.ends_with(file_suffix)) return {};
  if (file.size() <= file_prefix.size() + file_suffix.size()) return {};
  return file.substr(file_prefix.size(), file.size() - file_prefix.size() - file_suffix.size());
}

std::size_t symbol_size(const void* symbol) {
  Dl_info info{};
  void* entry = nullptr;
  if (::dladdr1(symbol, &info, &entry, RTLD_DL_SYMENT) == 0 || entry == nullptr || info.dli_saddr != symbol)
    return 0;
  return static_cast<const ElfW(Sym)*>(entry)->st_size;
}

// Keeps for ever what must outlive everything: a library that is unloaded takes the code of its objects with
// it.
template <class T>
T& keep_forever(T value) {
  static auto& kept = *new std::vector<std::unique_ptr<T>>;
  return *kept.emplace_back(std::make_unique<T>(std::move(value)));
}

}  // namespace

class PluginRegistry::Loader {
 public:
  Loader(const PluginOptions& options, PluginRegistry& registry) : options_(options), registry_(registry) {}

  void run() {
    for (const fs::path& path : options_.paths) scan(path);
    if (options_.enabled) {
      for (const std::string& name : *options_.enabled) complain_of_absent(name, "enabled");
    }
    for (const auto& [name, settings] : options_.settings) complain_of_absent(name, "configured");
  }

 private:
  void refuse(const fs::path& path, const std::string& complaint) {
    registry_.refusals_.push_back({path, "could not load " + path.string() + ": " + complaint});
  }

  void scan(const fs::path& path) {
    std::error_code code;
    if (!fs::is_directory(path, code)) {
      consider(path);
      return;
    }
    std::vector<fs::path> files;
    for (auto entry = fs::directory_iterator(path, code); !code && entry != fs::directory_iterator();
         entry.increment(code)) {
      if (!name_of_file(entry->path()).empty()) files.push_back(entry->path());
      if (files.size() > files_max) break;
    }
    if (code) return refuse(path, "found no readable folder (" + code.message() + "), wanted one");
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) consider(file);
  }

  bool is_enabled(const std::string& name) const {
    return std::find(options_.enabled->begin(), options_.enabled->end(), name) != options_.enabled->end();
  }

  void consider(const fs::path& path) {
    std::error_code code;
    const fs::path canonical = fs::canonical(path, code);
    if (code) return refuse(path, "found no file, wanted a plugin");
    if (!seen_.insert(canonical).second) return;  // given twice
    if (seen_.size() > files_max)
      return refuse(path, "found more than " + std::to_string(files_max) + " files, wanted fewer");
    const std::string name = name_of_file(path);
    found_.insert(name);
    if (options_.enabled && !name.empty() && !is_enabled(name)) {
      registry_.unused_.push_back({name, PluginStatus::alpha, path});  // its code is not even run
      return;
    }
    load_file(canonical, path);
  }

  void load_file(const fs::path& canonical, const fs::path& path) {
    const PluginDescriptor* descriptor = nullptr;
    std::size_t size = 0;
    try {
      namespace dll = boost::dll;
      dll::shared_library library(canonical.string(), dll::load_mode::rtld_now | dll::load_mode::rtld_local);
      auto& kept = keep_forever(std::move(library));
      if (!kept.has(plugin_symbol)) {
        return refuse(path, std::string("found no symbol '") + plugin_symbol + "', wanted a Hermod plugin");
      }
      descriptor = &kept.get<const PluginDescriptor>(plugin_symbol);
      size = symbol_size(descriptor);
    } catch (const std::exception& e) {
      return refuse(path,
                    std::string("found a file that cannot be loaded (") + e.what() + "), wanted a plugin");
    }
    Complaint complaint = check_descriptor(*descriptor, size);
    if (!complaint) complaint = check_plugin_name(descriptor->name, path.filename().string());
    if (!complaint) complaint = check_unique_name(descriptor->name);
    if (complaint) return refuse(path, *complaint);
    if (!options_.enabled && descriptor->status != PluginStatus::stable) {
      registry_.unused_.push_back({descriptor->name, descriptor->status, path});
      return;
    }
    create(*descriptor, path);
  }

  Complaint check_unique_name(std::string_view name) const {
    const LoadedPlugin* other = registry_.find_name(name);
    if (other == nullptr) return std::nullopt;
    return "found the plugin '" + std::string(name) + "' in " + other->path.string() + " too, wanted it once";
  }

  void create(const PluginDescriptor& descriptor, const fs::path& path) {
    LoadedPlugin plugin;
    plugin.name = descriptor.name;
    plugin.version = descriptor.version;
    plugin.status = descriptor.status;
    plugin.posture = descriptor.posture;
    plugin.path = path;
    try {
      plugin.provider = descriptor.create();
      if (plugin.provider == nullptr) return refuse(path, "found that create gave no provider, wanted one");
      keep_forever(plugin.provider);
      plugin.description = plugin.provider->describe();
    } catch (const std::exception& e) {
      return refuse(path,
                    std::string("found that create or describe threw (") + e.what() + "), wanted a provider");
    } catch (...) {
      return refuse(path, "found that create or describe threw, wanted a provider");
    }
    if (Complaint complaint = check_described(plugin)) return refuse(path, *complaint);
    registry_.plugins_.push_back(std::move(plugin));
  }

  Complaint check_described(LoadedPlugin& plugin) const {
    const std::string& provider = plugin.description.provider;
    if (Complaint complaint = check_provider_id(provider)) return complaint;
    if (const LoadedPlugin* other = registry_.find_provider(provider)) {
      return "found the provider '" + provider + "' in " + other->path.string() + " too, wanted it once";
    }
    if (const auto settings = options_.settings.find(plugin.name); settings != options_.settings.end()) {
      plugin.settings = settings->second;
    }
    return check_operator_settings(plugin.settings, plugin.description.settings);
  }

  void complain_of_absent(const std::string& name, const char* why) {
    if (found_.contains(name)) return;
    found_.insert(name);  // said once
    registry_.refusals_.push_back({{},
                                   "could not load the plugin '" + name + "': found no file hermod-" + name +
                                       ".so, wanted one, as it is " + why});
  }

  const PluginOptions& options_;
  PluginRegistry& registry_;
  std::set<fs::path> seen_;
  std::set<std::string> found_;
};

PluginRegistry PluginRegistry::load(const PluginOptions& options) {
  PluginRegistry registry;
  Loader(options, registry).run();
  return registry;
}

const LoadedPlugin* PluginRegistry::find_name(std::string_view name) const noexcept {
  const auto found =
      std::find_if(plugins_.begin(), plugins_.end(), [&](const auto& plugin) { return plugin.name == name; });
  return found != plugins_.end() ? &*found : nullptr;
}

const LoadedPlugin* PluginRegistry::find_provider(std::string_view provider) const noexcept {
  const auto found = std::find_if(plugins_.begin(), plugins_.end(), [&](const auto& plugin) {
    return plugin.description.provider == provider;
  });
  return found != plugins_.end() ? &*found : nullptr;
}

}  // namespace hermod::host
