#include "server/config/toml_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <fstream>

#include "server/failure.hpp"

namespace hermod::server {
namespace {

// Everything refused in the file is told this way: "hermod.toml:12: what", and what to do.
Error refused(const std::filesystem::path& file, const toml::source_region& source, std::string message,
              std::string hint = {}) {
  return failure(ErrorKind::invalid_argument,
                 file.string() + ":" + std::to_string(source.begin.line) + ": " + std::move(message),
                 std::move(hint));
}

std::string meant(std::string_view suggestion) {
  return suggestion.empty() ? std::string("hermod.example.toml lists every key")
                            : "did you mean `" + std::string(suggestion) + "`?";
}

std::optional<RawValue> raw_value(const toml::node& node) {
  if (const auto* text = node.as_string()) return RawValue(text->get());
  if (const auto* number = node.as_integer()) return RawValue(number->get());
  if (const auto* real = node.as_floating_point()) return RawValue(real->get());
  if (const auto* flag = node.as_boolean()) return RawValue(flag->get());
  const auto* array = node.as_array();
  if (array == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  for (const auto& element : *array) {
    const auto* text = element.as_string();
    if (text == nullptr) return std::nullopt;
    texts.push_back(text->get());
  }
  return RawValue(std::move(texts));
}

class Reader {
 public:
  Reader(const std::filesystem::path& file, std::span<const Key> keys, Config& config)
      : file_(file), keys_(keys), config_(config) {}

  Status read(const toml::table& root) {
    for (const auto& [name, node] : root) {
      const auto* table = node.as_table();
      if (table == nullptr) return unknown_top(name, node);
      auto status = name.str() == "plugin" ? read_plugins(*table) : read_table(name, *table);
      if (!status) return status;
    }
    return ok();
  }

 private:
  Error unknown_top(const toml::key& name, const toml::node& node) const {
    for (const Key& key : keys_) {
      if (key.name != name.str()) continue;
      return refused(file_, node.source(),
                     "the key `" + std::string(name.str()) + "` stands outside its table",
                     "put it under [" + std::string(key.table) + "]");
    }
    return refused(file_, node.source(), "unknown key `" + std::string(name.str()) + "`", meant({}));
  }

  Status read_table(const toml::key& name, const toml::table& table) {
    std::vector<std::string_view> tables{"plugin"};
    for (const Key& key : keys_) {
      if (tables.back() != key.table) tables.push_back(key.table);
    }
    if (std::ranges::find(tables, name.str()) == tables.end()) {
      return refused(file_, table.source(), "unknown table [" + std::string(name.str()) + "]",
                     meant(nearest(name.str(), tables)));
    }
    for (const auto& [key_name, node] : table) {
      if (auto status = read_key(name.str(), key_name.str(), node); !status) return status;
    }
    return ok();
  }

  Status read_key(std::string_view table, std::string_view name, const toml::node& node) {
    std::vector<std::string_view> names;
    for (const Key& key : keys_) {
      if (key.table != table) continue;
      names.push_back(key.name);
      if (key.name != name) continue;
      const auto value = raw_value(node);
      auto status =
          assign(key, value ? *value : RawValue(0.0));  // no key takes a float: refused by its own text
      if (status) return status;
      return refused(file_, node.source(),
                     std::string(table) + "." + std::string(name) + " " + status.error().message,
                     status.error().hint);
    }
    return refused(file_, node.source(),
                   "[" + std::string(table) + "] has no key `" + std::string(name) + "`",
                   meant(nearest(name, names)));
  }

  Status read_plugins(const toml::table& plugins) {
    for (const auto& [plugin, node] : plugins) {
      const auto* table = node.as_table();
      if (table == nullptr) {
        return refused(file_, node.source(), "[plugin] holds tables only",
                       "write [plugin.NAME], or [plugins]");
      }
      PluginSettings& settings = config_.plugin[std::string(plugin.str())];
      for (const auto& [name, setting] : *table) {
        auto value = raw_value(setting);
        if (!value) {
          return refused(file_, setting.source(),
                         "plugin." + std::string(plugin.str()) + "." + std::string(name.str()) +
                             " must be a string, a number, true, false or a list of strings");
        }
        settings.insert_or_assign(
            std::string(name.str()),
            PluginSetting{*std::move(value),
                          file_.string() + ":" + std::to_string(setting.source().begin.line)});
      }
    }
    return ok();
  }

  const std::filesystem::path& file_;
  std::span<const Key> keys_;
  Config& config_;
};

}  // namespace

Status read_toml_file(const std::filesystem::path& file, std::span<const Key> keys, Config& config) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(config_file_bytes_max + 1, '\0');
  if (!stream || !std::filesystem::is_regular_file(file)) {
    return failure(ErrorKind::not_found, "could not read the config file " + file.string(),
                   "give --config or HERMOD_CONFIG the path of a readable file");
  }
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > config_file_bytes_max) {
    return failure(ErrorKind::limit, "the config file " + file.string() + " is over 1 MiB");
  }
  try {
    return Reader(file, keys, config).read(toml::parse(text));
  } catch (const toml::parse_error& error) {
    return refused(file, error.source(), std::string(error.description()));
  }
}

}  // namespace hermod::server
