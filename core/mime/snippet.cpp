#include <core/mime/snippet.hpp>

#include <algorithm>

#include <core/mime/ascii.hpp>
#include <core/mime/utf8.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t bytes_per_character_max = 16;  // bounds what is read; clusters are rarely longer
constexpr std::size_t lines_max = 500;

// "On Tue, Nov 24, 2026 at 10:00, Ann <a@x> wrote:" in whatever language: ends in ':' in front of a quoted
// line.
bool announces_quote(std::string_view line, std::string_view rest) {
  if (!line.ends_with(':')) return false;
  return rest.substr(std::min(rest.find_first_not_of(" \t\r\n"), rest.size())).starts_with('>');
}

std::string own_lines(std::string_view text, std::size_t bytes_max) {
  std::string own;
  std::string_view rest = text;
  for (std::size_t lines = 0; !rest.empty() && own.size() < bytes_max && lines < lines_max; ++lines) {
    const std::size_t newline = std::min(rest.find('\n'), rest.size());
    const std::string_view raw = rest.substr(0, newline);
    rest.remove_prefix(std::min(newline + 1, rest.size()));
    if (raw == "-- " || raw == "-- \r") break;
    const std::string_view line = trimmed(raw);
    if (line.starts_with('>') || announces_quote(line, rest)) continue;
    own.append(line.substr(0, bytes_max)).append("\n");
  }
  return own;
}

bool is_blank(std::int32_t c) {
  return c <= ' ' || c == 0x7F || c == 0xA0 || (c >= 0x80 && c < 0xA0) || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

// The first `characters_max` code points of the line, or a few more.
std::string one_line(std::string_view text, std::size_t characters_max) {
  std::string line;
  bool blank = false;
  for (std::size_t at = 0, characters = 0; at < text.size() && characters < characters_max;) {
    const std::size_t start = at;
    const std::int32_t code_point = next_code_point(text, at);
    if (code_point >= 0 && is_invisible(code_point)) continue;
    if (is_blank(code_point)) {
      blank = !line.empty();
      continue;
    }
    if (blank) line += ' ';
    blank = false;
    line.append(text.substr(start, at - start));
    ++characters;
  }
  return line;
}

}  // namespace

std::string make_snippet(std::string_view text, std::size_t characters) {
  const std::size_t bytes_max = (characters + 1) * bytes_per_character_max;
  const std::size_t characters_max = characters + grapheme_code_points_max;
  std::string line = one_line(own_lines(text, bytes_max), characters_max);
  if (line.empty()) line = one_line(text.substr(0, bytes_max), characters_max);
  return std::string(trimmed(grapheme_prefix(line, characters)));
}

}  // namespace hermod::mime
