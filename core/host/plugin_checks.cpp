#include "core/host/plugin_checks.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

namespace hermod::host {
namespace {

constexpr std::size_t name_bytes_max = 32;

std::string hex(std::uint64_t value) {
  char text[19];
  std::snprintf(text, sizeof text, "0x%016" PRIx64, value);
  return text;
}
std::string found_wanted(const std::string& what, const std::string& found, const std::string& wanted) {
  return "found " + what + ' ' + found + ", wanted " + wanted;
}

bool is_name(std::string_view name, std::string_view beside_letters) {
  return !name.empty() && name.size() <= name_bytes_max && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           beside_letters.find(c) != std::string_view::npos;
  });
}

const char* to_text(SettingType type) {
  switch (type) {
    case SettingType::string:
      return "a string";
    case SettingType::integer:
      return "an integer";
    case SettingType::boolean:
      break;
  }
  return "a boolean";
}
SettingType type_of(const SettingValue& value) {
  if (std::holds_alternative<std::string>(value)) return SettingType::string;
  if (std::holds_alternative<std::int64_t>(value)) return SettingType::integer;
  return SettingType::boolean;
}

Complaint check_value(const SettingDeclaration& declared, const SettingValue& value) {
  const std::string what = "the key '" + declared.key + "' as";
  if (type_of(value) != declared.type)
    return found_wanted(what, to_text(type_of(value)), to_text(declared.type));
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    const bool bounded = declared.minimum != 0 || declared.maximum != 0;
    if (bounded && (*number < declared.minimum || *number > declared.maximum)) {
      return found_wanted(what, std::to_string(*number),
                          std::to_string(declared.minimum) + " to " + std::to_string(declared.maximum));
    }
  }
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || declared.choices.empty() ||
      std::find(declared.choices.begin(), declared.choices.end(), *text) != declared.choices.end()) {
    return std::nullopt;
  }
  std::string choices;
  for (const std::string& choice : declared.choices)
    choices += (choices.empty() ? "" : " or ") + ('"' + choice + '"');
  return found_wanted(what, "another value",
                      choices);  // not the value itself: it may be a secret in the wrong place
}

}  // namespace

Complaint check_descriptor(const PluginDescriptor& descriptor, std::size_t symbol_size) {
  const auto too_short = [](std::size_t size) {
    return found_wanted("a descriptor of", std::to_string(size) + " bytes",
                        "at least " + std::to_string(sizeof(PluginDescriptor)));
  };
  if (symbol_size < sizeof(PluginDescriptor))
    return too_short(symbol_size);  // reading on would leave the symbol
  if (descriptor.magic != plugin_magic)
    return found_wanted("magic", hex(descriptor.magic), hex(plugin_magic));
  if (descriptor.major != api_major) {
    return found_wanted("API major version", std::to_string(descriptor.major), std::to_string(api_major));
  }
  if (descriptor.struct_size < sizeof(PluginDescriptor)) return too_short(descriptor.struct_size);
  if (descriptor.minor > api_minor) {
    return found_wanted("API version", std::to_string(api_major) + '.' + std::to_string(descriptor.minor),
                        "at most " + std::to_string(api_major) + '.' + std::to_string(api_minor));
  }
  if (descriptor.fingerprint != fingerprint()) {
    return found_wanted("ABI fingerprint", hex(descriptor.fingerprint),
                        hex(fingerprint()) + " (build it with the same standard library and settings)");
  }
  if (descriptor.name == nullptr || descriptor.version == nullptr || descriptor.create == nullptr) {
    return "found a descriptor without name, version or create, wanted all of them";
  }
  if (descriptor.status > PluginStatus::stable) {
    return found_wanted("status", std::to_string(static_cast<int>(descriptor.status)),
                        "alpha, beta or stable");
  }
  return std::nullopt;
}

Complaint check_plugin_name(std::string_view name, std::string_view file_name) {
  if (!is_name(name, "-")) return "found a name that is not valid, wanted 1 to 32 of a-z, 0-9 and -";
  const std::string wanted = "hermod-" + std::string(name) + ".so";
  if (file_name != wanted)
    return "found the plugin '" + std::string(name) + "', wanted its file to be named " + wanted;
  return std::nullopt;
}

Complaint check_provider_id(std::string_view provider) {
  if (is_name(provider, "-_")) return std::nullopt;
  return "found a provider id that is not valid, wanted 1 to 32 of a-z, 0-9, - and _";
}

Complaint check_operator_settings(const Settings& settings, const std::vector<SettingDeclaration>& declared) {
  for (const auto& [key, value] : settings.values()) {
    const auto declaration =
        std::find_if(declared.begin(), declared.end(), [&](const SettingDeclaration& candidate) {
          return candidate.use == SettingUse::operator_ && candidate.key == key;
        });
    if (declaration == declared.end())
      return "found the key '" + key + "' in its settings, wanted one that it declares";
    if (Complaint complaint = check_value(*declaration, value)) return complaint;
  }
  for (const SettingDeclaration& declaration : declared) {
    if (declaration.use == SettingUse::operator_ && declaration.required && !settings.has(declaration.key)) {
      return "found no key '" + declaration.key + "' in its settings, wanted it";
    }
  }
  return std::nullopt;
}

}  // namespace hermod::host
