#include "tests/support/memory_provider/session_options.hpp"

namespace hermod::memory {
namespace {

struct ModeName {
  std::string_view name;
  Mode mode;
};
constexpr ModeName mode_names[] = {
    {"consumed", Mode::consumed},
    {"account", Mode::account},
    {"labels", Mode::labels},
    {"metadata", Mode::metadata},
    {"removed_first", Mode::removed_first},
    {"added_first", Mode::added_first},
    {"no_echo", Mode::no_echo},
    {"window", Mode::window},
    {"unstable_raw", Mode::unstable_raw},
    {"known", Mode::known},
    {"no_object_key", Mode::no_object_key},
    {"no_change_token", Mode::no_change_token},
    {"no_push", Mode::no_push},
    {"no_search", Mode::no_search},
    {"remembering", Mode::remembering},
    {"untold", Mode::untold},
};
constexpr std::string_view sabotage_names[] = {"none", "law1", "law2", "law3", "law4",
                                               "law5", "law6", "law7", "law8", "crash"};

Result<Modes> parse_modes(std::string_view text) {
  Modes modes;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view name = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    const Modes before = modes;
    for (const ModeName& known : mode_names) {
      if (known.name == name) modes.add(known.mode);
    }
    if (modes.bits == before.bits) {
      return Error{ErrorKind::invalid_argument,
                   ErrorScope::account,
                   Retry::after_user_action(),
                   "the mode is not known",
                   {},
                   {},
                   {}};
    }
  }
  return modes;
}

}  // namespace

std::vector<SettingDeclaration> setting_declarations() {
  return {
      {"mailbox", SettingType::string, SettingUse::account, true, "the name of the mailbox in memory"},
      {"mode", SettingType::string, SettingUse::account, false, "modes, divided by commas; none by default"},
      {"device", SettingType::string, SettingUse::account, false, "the client's name; \"device\" by default"},
      {"window_days", SettingType::integer, SettingUse::account, false, "with mode window; 30 by default", 1,
       36500},
      {"sabotage",
       SettingType::string,
       SettingUse::account,
       false,
       "the law to break; none by default",
       0,
       0,
       {std::begin(sabotage_names), std::end(sabotage_names)}},
      {"password", SettingType::string, SettingUse::secret, false,
       "the mailbox's password, where it has one"},
  };
}

Result<SessionOptions> read_options(const Settings& settings) {
  SessionOptions options;
  options.mailbox = settings.text("mailbox");
  options.device = settings.text("device", "device");
  options.window_days = settings.integer("window_days", 30);
  Result<Modes> modes = parse_modes(settings.text("mode"));
  if (!modes) return std::move(modes).error();
  options.modes = *modes;
  const std::string sabotage = settings.text("sabotage", "none");
  for (std::size_t law = 0; law < std::size(sabotage_names); ++law) {
    if (sabotage_names[law] == sabotage) options.sabotage = static_cast<Sabotage>(law);
  }
  return options;
}

}  // namespace hermod::memory
