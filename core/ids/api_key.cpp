#include "core/ids/api_key.hpp"

#include <array>
#include <cstdint>

#include "core/ids/crc32.hpp"
#include "core/ids/random.hpp"

namespace hermod::ids {
namespace {

constexpr std::string_view base62_alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t random_length = 34;
constexpr std::size_t checksum_length = 6;
static_assert(api_key_prefix.size() + random_length + checksum_length == api_key_length);

std::string checksum(std::string_view random_part) {
  std::uint32_t rest = crc32(random_part);
  std::string text(checksum_length, '0');
  for (std::size_t i = checksum_length; i-- > 0; rest /= 62) text[i] = base62_alphabet[rest % 62];
  return text;
}

std::string random_base62(std::size_t length) {
  constexpr std::uint8_t fair_limit = 62 * 4;  // bytes from here on would favour the first characters
  std::string text;
  std::array<std::uint8_t, 64> bytes;
  while (text.size() < length) {
    fill_random(bytes);
    for (const std::uint8_t byte : bytes) {
      if (byte < fair_limit && text.size() < length) text.push_back(base62_alphabet[byte % 62]);
    }
  }
  return text;
}

}  // namespace

std::string make_api_key() {
  const std::string random_part = random_base62(random_length);
  return std::string(api_key_prefix) + random_part + checksum(random_part);
}

bool is_well_formed_api_key(std::string_view text) {
  if (text.size() != api_key_length || !text.starts_with(api_key_prefix)) return false;
  const std::string_view random_part = text.substr(api_key_prefix.size(), random_length);
  return random_part.find_first_not_of(base62_alphabet) == std::string_view::npos &&
         text.ends_with(checksum(random_part));
}

Sha256Digest hash_api_key(std::string_view key) { return sha256(key); }

}  // namespace hermod::ids
