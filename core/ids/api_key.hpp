// API keys: `hmd_` + 40 characters [0-9A-Za-z]. The first 34 are random (202 bits); the last 6 are a
// checksum, the CRC-32 (see crc32.hpp) of those 34 characters written in base 62, most significant digit
// first, zero-padded.
//
// The checksum lets a server refuse typing errors, and a secret scanner recognise a leaked key, without a
// look-up; it proves nothing. The store keeps hash_api_key() alone: a plain SHA-256 is enough for 202 random
// bits. Threads: any. A key is a secret: never log it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/ids/sha256.hpp"

namespace hermod::ids {

inline constexpr std::string_view api_key_prefix = "hmd_";
inline constexpr std::size_t api_key_length = 44;

std::string make_api_key();
bool is_well_formed_api_key(std::string_view text);
// SHA-256 of the whole key, prefix included.
Sha256Digest hash_api_key(std::string_view key);

}  // namespace hermod::ids
