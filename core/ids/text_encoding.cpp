#include "core/ids/text_encoding.hpp"

#include <array>
#include <cstdint>

namespace hermod::ids {
namespace {

constexpr std::uint8_t not_a_digit = 0xFF;
using DigitValues = std::array<std::uint8_t, 256>;

constexpr DigitValues values_of(std::string_view alphabet) {
  DigitValues values{};
  values.fill(not_a_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr std::string_view hex_alphabet = "0123456789abcdef";
constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr DigitValues hex_values = [] {
  DigitValues values = values_of(hex_alphabet);
  for (char c = 'A'; c <= 'F'; ++c) {
    values[static_cast<unsigned char>(c)] = static_cast<std::uint8_t>(c - 'A' + 10);
  }
  return values;
}();
constexpr DigitValues base64_values = values_of(base64_alphabet);
constexpr DigitValues base64url_values = values_of(base64url_alphabet);

// Without padding.
std::string encode64(std::string_view bytes, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  int count = 0;  // bits not written yet
  for (const unsigned char byte : bytes) {
    bits = bits << 8 | byte;
    for (count += 8; count >= 6;) text.push_back(alphabet[bits >> (count -= 6) & 0x3F]);
  }
  if (count > 0) text.push_back(alphabet[bits << (6 - count) & 0x3F]);
  return text;
}

std::optional<std::string> decode64(std::string_view text, const DigitValues& values) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const unsigned char c : text) {
    if (values[c] == not_a_digit) return std::nullopt;
    bits = bits << 6 | values[c];
    if ((count += 6) >= 8) bytes.push_back(static_cast<char>(bits >> (count -= 8) & 0xFF));
  }
  // Stray bits would give one value several spellings.
  if ((bits & ((1U << count) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace

std::string hex_encode(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) {
    text.push_back(hex_alphabet[byte >> 4]);
    text.push_back(hex_alphabet[byte & 0xF]);
  }
  return text;
}

std::optional<std::string> hex_decode(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::uint8_t high = hex_values[static_cast<unsigned char>(text[i])];
    const std::uint8_t low = hex_values[static_cast<unsigned char>(text[i + 1])];
    if (high == not_a_digit || low == not_a_digit) return std::nullopt;
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  return bytes;
}

std::string base64_encode(std::string_view bytes) {
  std::string text = encode64(bytes, base64_alphabet);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  return decode64(text, base64_values);
}

std::string base64url_encode(std::string_view bytes) { return encode64(bytes, base64url_alphabet); }

std::optional<std::string> base64url_decode(std::string_view text) {
  return decode64(text, base64url_values);
}

}  // namespace hermod::ids
