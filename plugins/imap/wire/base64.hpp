// Base64 (RFC 4648 §4) for SASL, and the alphabet of modified UTF-7 (RFC 3501 §5.1.3). Pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hermod::imap {

enum class Base64Alphabet : std::uint8_t {
  standard,  // '+' and '/', padded
  mailbox,   // '+' and ',', not padded
};

std::string base64_encode(std::string_view bytes, Base64Alphabet alphabet = Base64Alphabet::standard);
// Absent when the text holds a foreign character, or bits that are set behind the last byte.
std::optional<std::string> base64_decode(std::string_view text,
                                         Base64Alphabet alphabet = Base64Alphabet::standard);

}  // namespace hermod::imap
