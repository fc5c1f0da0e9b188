// hermod plugin: which plugins are found, which load, what each offers and which settings it takes; `check` is
// in plugin_check.cpp.
#include <fmt/format.h>

#include "server/command/commands.hpp"
#include "server/engine/engine.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr const char* status_names[] = {"alpha", "beta", "stable"};
constexpr const char* type_names[] = {"string", "integer", "boolean"};
constexpr const char* use_names[] = {"account", "secret", "[plugin.NAME]"};

const char* name(PluginStatus status) { return status_names[static_cast<std::size_t>(status)]; }

Result<host::PluginRegistry> load(const Config& config) {
  auto options = plugin_options(config);
  if (!options) return std::move(options).error();
  return host::PluginRegistry::load(*options);
}

ExitCode list(const Config& config) {
  const auto registry = load(config);
  if (!registry) return fail(registry.error());
  std::vector<std::vector<std::string>> rows;
  for (const auto& plugin : registry->plugins()) {
    rows.push_back({plugin.name, plugin.version, name(plugin.status), plugin.description.provider, "loaded",
                    plugin.path.string()});
  }
  for (const auto& plugin : registry->unused()) {
    rows.push_back({plugin.name, "", name(plugin.status), "", "not enabled", plugin.path.string()});
  }
  print_table({"NAME", "VERSION", "STATUS", "PROVIDER", "STATE", "PATH"}, rows);
  for (const auto& refusal : registry->refusals()) fmt::print(stderr, "hermod: {}\n", refusal.line);
  return registry->refusals().empty() ? ExitCode::done : ExitCode::failed;
}

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

ExitCode show(const Config& config, const std::string& wanted) {
  const auto registry = load(config);
  if (!registry) return fail(registry.error());
  const host::LoadedPlugin* plugin = registry->find_name(wanted);
  if (plugin == nullptr) {
    return fail(
        failure(ErrorKind::not_found, "no plugin of this name is loaded", "`hermod plugin list` shows them"));
  }
  const bool hostile = plugin->posture == SecurityPosture::hostile_server;
  fmt::print("name         {}\nversion      {}\nstatus       {}\nposture      {}\npath         {}\n",
             plugin->name, plugin->version, name(plugin->status),
             hostile ? "hostile servers" : "trusted servers only", plugin->path.string());
  const ProviderDescription& description = plugin->description;
  fmt::print("provider     {} ({})\nfacets       {}\nmutations    {}\n\n", description.provider,
             description.display_name, joined(description.facets), joined(description.mutations));
  std::vector<std::vector<std::string>> rows;
  for (const auto& setting : description.settings) {
    rows.push_back({setting.key, type_names[static_cast<std::size_t>(setting.type)],
                    use_names[static_cast<std::size_t>(setting.use)], setting.required ? "required" : "",
                    setting.description});
  }
  print_table({"SETTING", "TYPE", "USE", "", "MEANING"}, rows);
  return ExitCode::done;
}

}  // namespace

void add_plugin(CLI::App& program, Invocation& invocation) {
  CLI::App* group = program.add_subcommand("plugin", "Plugins: list, show, check");
  group->require_subcommand(1);
  group->fallthrough();
  group->add_subcommand("list", "List what is found, and why something is refused")->callback([&invocation] {
    invocation.action = [](Invocation& call) { return call.with_config(list); };
  });
  add_plugin_check(*group, invocation);
  auto wanted = std::make_shared<std::string>();
  CLI::App* one = group->add_subcommand("show", "Show what a plugin offers and the settings that it takes");
  one->add_option("NAME", *wanted, "As `hermod plugin list` shows it")->required();
  one->callback([&invocation, wanted] {
    invocation.action = [wanted](Invocation& call) {
      return call.with_config([&](const Config& config) { return show(config, *wanted); });
    };
  });
}

}  // namespace hermod::server
