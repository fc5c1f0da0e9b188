// ASCII case folding: commands, codes, flags, keywords and INBOX have no case (RFC 9051 §9). No locale. Pure
// functions.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace hermod::imap {

constexpr char ascii_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, ascii_upper, ascii_upper);
}

inline std::string to_upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), ascii_upper);
  return out;
}
inline std::string to_lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), ascii_lower);
  return out;
}

}  // namespace hermod::imap
