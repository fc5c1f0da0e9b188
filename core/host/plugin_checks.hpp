// The checks of one plugin, each a pure function: of its descriptor, its names, its settings.
//
// Each gives nothing when all is well, else "found …, wanted …" for the refusal's line.
#pragma once

#include <optional>
#include <string>

#include <hermod/plugin.hpp>

namespace hermod::host {

using Complaint = std::optional<std::string>;

// `symbol_size` is what the library's symbol table says of the descriptor. Fields are read in an order that
// is safe when the descriptor is shorter than ours, or none at all; `name` and `version` are usable
// afterwards.
Complaint check_descriptor(const PluginDescriptor& descriptor, std::size_t symbol_size);

// [a-z0-9-]{1,32}, and the file's name is hermod-NAME.so.
Complaint check_plugin_name(std::string_view name, std::string_view file_name);
// [a-z0-9_-]{1,32}
Complaint check_provider_id(std::string_view provider);
// [plugin.NAME] against what the plugin declared for operators.
Complaint check_operator_settings(const Settings& settings, const std::vector<SettingDeclaration>& declared);

}  // namespace hermod::host
