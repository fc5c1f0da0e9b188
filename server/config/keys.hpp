// The table of all keys of the config file: which field of a Config each sets, and what values it takes.
// The single list from which the file reader, the environment reader and the test of the example file work.
#pragma once

#include <span>
#include <string_view>

#include "server/config/config.hpp"

namespace hermod::server {

// Where a value goes; the alternative fixes the type of the key.
using Field =
    std::variant<std::string*, std::filesystem::path*, std::int64_t*, std::chrono::seconds*, ListenAddress*,
                 std::vector<std::string>*, std::optional<std::vector<std::string>>*,
                 std::vector<std::filesystem::path>*, LogLevel*, LogFormat*, PrivateHosts*, InsecureListen*>;

struct Key {
  std::string_view table;
  std::string_view name;
  Field field;
  std::int64_t minimum = 0;  // of numbers and seconds
  std::int64_t maximum = 0;
  std::string_view short_variable{};
};

// All keys, bound to the fields of `config`, which must outlive them.
std::vector<Key> config_keys(Config& config);

// HERMOD_<TABLE>_<KEY>
std::string variable_name(const Key& key);

// A value as it stands in a file or a variable, before it is checked.
using RawValue = std::variant<std::string, std::int64_t, double, bool, std::vector<std::string>>;

// Sets the field. On failure the message says what was expected; the field is unchanged.
Status assign(const Key& key, const RawValue& value);

// The text of a variable in the shape that the key's type asks for: lists are split (paths at ':', names at
// ','), numbers and booleans read; what cannot be read stays text, which assign() refuses.
RawValue from_variable(const Key& key, std::string_view text);

// The nearest of `candidates` to a mistyped `word`; empty where none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace hermod::server
