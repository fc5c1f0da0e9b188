// Reads the TOML file into a Config. Split from load_config because toml++ is slow to compile.
#pragma once

#include <span>

#include "server/config/keys.hpp"

namespace hermod::server {

constexpr std::size_t config_file_bytes_max = 1 << 20;

// Applies every key of `file` to the fields that `keys` names, and [plugin.*] to `config`. Unknown tables and
// keys and wrong types are refused: the message begins with FILE:LINE.
Status read_toml_file(const std::filesystem::path& file, std::span<const Key> keys, Config& config);

}  // namespace hermod::server
