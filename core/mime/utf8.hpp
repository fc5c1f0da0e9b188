// UTF-8 as PostgreSQL accepts it: strictly valid (RFC 3629) and without NUL. Pure functions, linear time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hermod::mime {

inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";  // U+FFFD

// The code point at `at`, which is moved behind it. For bytes that are not valid: -1, and `at` is moved
// behind the longest start of a sequence (one U+FFFD for each, as Unicode recommends).
std::int32_t next_code_point(std::string_view text, std::size_t& at);

void append_code_point(std::string& text, char32_t code_point);

bool is_utf8(std::string_view text);

// How much of the text beyond ASCII is valid UTF-8.
struct Utf8Census {
  std::size_t valid = 0;    // sequences of two and more bytes
  std::size_t invalid = 0;  // broken pieces
};
Utf8Census count_utf8(std::string_view text);

// The text with U+FFFD for every broken piece and every NUL.
std::string storable_utf8(std::string_view text);

// The longest start of valid UTF-8 `text` that has at most `bytes` bytes and ends between code points.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes);

// Longer clusters exist only in hostile text; a cut may fall inside one.
inline constexpr std::size_t grapheme_code_points_max = 32;

// The start of valid UTF-8 `text` with at most `characters` code points, never cutting a grapheme.
std::string_view grapheme_prefix(std::string_view text, std::size_t characters);

// Characters that are not seen: zero-width spaces and joiners, direction marks, soft hyphens, fillers.
bool is_invisible(std::int32_t code_point);
// Direction overrides and isolates, which make a text read otherwise than it is stored.
bool is_direction_control(std::int32_t code_point);

}  // namespace hermod::mime
