// ASCII text as the grammar of mail sees it: letter case, white space, trimming. No locale, constexpr.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hermod::mime {

constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr bool ascii_letter(char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; }
constexpr bool ascii_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool is_ascii(std::string_view text) {
  unsigned char bits = 0;
  for (const char c : text) bits |= static_cast<unsigned char>(c);
  return bits < 0x80;
}

// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char c) {
  if (ascii_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

constexpr bool ascii_equal(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (ascii_lower(a[i]) != ascii_lower(b[i])) return false;
  return true;
}
constexpr bool ascii_starts_with(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && ascii_equal(text.substr(0, prefix.size()), prefix);
}

inline std::string ascii_lowered(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = ascii_lower(c);
  return lowered;
}

constexpr std::string_view trimmed(std::string_view text) {
  while (!text.empty() && ascii_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && ascii_space(text.back())) text.remove_suffix(1);
  return text;
}

// Where `needle` (lower case) starts in `text` at or after `from`, letter case ignored; npos if nowhere.
constexpr std::size_t ascii_find(std::string_view text, std::string_view needle, std::size_t from = 0) {
  for (std::size_t i = from; i + needle.size() <= text.size(); ++i)
    if (ascii_lower(text[i]) == needle.front() && ascii_equal(text.substr(i, needle.size()), needle))
      return i;
  return std::string_view::npos;
}

}  // namespace hermod::mime
