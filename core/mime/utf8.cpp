#include <core/mime/utf8.hpp>

#include <unicode/ubrk.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include <core/mime/ascii.hpp>

namespace hermod::mime {
namespace {

std::size_t skip_ascii(std::string_view text, std::size_t at) {
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & high_bits) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

struct CloseBreaks {
  void operator()(UBreakIterator* breaks) const { ubrk_close(breaks); }
};

}  // namespace

std::int32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  std::int32_t code_point = 0;
  U8_NEXT(bytes, at, text.size(), code_point);
  return code_point;
}

void append_code_point(std::string& text, char32_t code_point) {
  char bytes[U8_MAX_LENGTH];
  std::size_t length = 0;
  U8_APPEND_UNSAFE(bytes, length, static_cast<std::uint32_t>(code_point));
  text.append(bytes, length);
}

Utf8Census count_utf8(std::string_view text) {
  Utf8Census census;
  for (std::size_t at = skip_ascii(text, 0); at < text.size(); at = skip_ascii(text, at))
    ++(next_code_point(text, at) < 0 ? census.invalid : census.valid);
  return census;
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = skip_ascii(text, 0); at < text.size(); at = skip_ascii(text, at))
    if (next_code_point(text, at) < 0) return false;
  return true;
}

std::string storable_utf8(std::string_view text) {
  if (text.find('\0') == std::string_view::npos && is_utf8(text)) return std::string(text);
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    if (next_code_point(text, at) > 0)
      clean.append(text, start, at - start);
    else
      clean.append(replacement_character);
  }
  return clean;
}

std::string_view utf8_prefix(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && U8_IS_TRAIL(text[bytes])) --bytes;
  return text.substr(0, bytes);
}

std::string_view grapheme_prefix(std::string_view text, std::size_t characters) {
  if (text.size() <= characters) return text;
  if (is_ascii(text.substr(0, characters + 1))) return text.substr(0, characters);
  std::u16string window;
  std::size_t at = 0, limit_units = 0, count = 0;
  for (; at < text.size() && count < characters + grapheme_code_points_max; ++count) {
    if (count == characters) limit_units = window.size();
    const auto code_point = static_cast<std::uint32_t>(std::max(next_code_point(text, at), 0));
    if (code_point > 0xFFFF) window += static_cast<char16_t>(U16_LEAD(code_point));
    window += static_cast<char16_t>(code_point > 0xFFFF ? U16_TRAIL(code_point) : code_point);
  }
  if (count <= characters) return text;
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UBreakIterator, CloseBreaks> breaks(
      ubrk_open(UBRK_CHARACTER, "", window.data(), static_cast<std::int32_t>(window.size()), &status));
  auto cut = static_cast<std::int32_t>(limit_units);
  if (U_SUCCESS(status) && ubrk_isBoundary(breaks.get(), cut) == 0) {
    const std::int32_t before = ubrk_preceding(breaks.get(), cut);
    if (before > 0) cut = before;  // else one cluster fills the whole prefix
  }
  std::size_t end = 0;
  for (std::int32_t units = 0; units < cut;) units += next_code_point(text, end) > 0xFFFF ? 2 : 1;
  return text.substr(0, end);
}

bool is_invisible(std::int32_t c) {
  if (c < 0xAD) return false;
  return (c >= 0x200B && c <= 0x200F) || c == 0x2060 || c == 0xFEFF || c == 0x00AD || c == 0x034F ||
         c == 0x061C || c == 0x180E || (c >= 0x17B4 && c <= 0x17B5) || is_direction_control(c);
}

bool is_direction_control(std::int32_t c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

}  // namespace hermod::mime
