#include <core/mime/uuencode.hpp>

#include <algorithm>

#include <core/mime/ascii.hpp>

namespace hermod::mime {
namespace {

constexpr std::string_view begin_word = "begin ";
constexpr std::size_t mode_digits_min = 3, mode_digits_max = 6;
constexpr std::size_t trailing_bytes_max = 2;  // some writers add a checksum

// The line at `at` without its line end; `at` is moved behind it.
std::string_view line_at(std::string_view text, std::size_t& at) {
  const std::size_t newline = text.find('\n', at);
  std::string_view line = text.substr(at, newline == std::string_view::npos ? newline : newline - at);
  at = newline == std::string_view::npos ? text.size() : newline + 1;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Where the name stands in a line "begin 644 name"; npos if it is no such line.
std::size_t name_start(std::string_view line) {
  if (!line.starts_with(begin_word)) return std::string_view::npos;
  const std::size_t end = std::min(line.find_first_not_of("01234567", begin_word.size()), line.size());
  const std::size_t digits = end - begin_word.size();
  if (digits < mode_digits_min || digits > mode_digits_max || end == line.size() || line[end] != ' ')
    return std::string_view::npos;
  return end + 1;
}

enum class DataLine { bytes, last, none };

DataLine data_line(std::string_view line) {
  if (trimmed(line).empty() || line.front() == '`') return DataLine::last;
  const auto in_alphabet = [](char c) { return c >= ' ' && c <= '`'; };
  if (!std::ranges::all_of(line, in_alphabet)) return DataLine::none;
  const auto bytes = static_cast<std::size_t>((line.front() - ' ') & 0x3F);
  const std::size_t characters = 1 + (bytes + 2) / 3 * 4;
  // Blanks at its end may have been lost on the way; the last group may be cut short.
  return line.size() <= characters + trailing_bytes_max ? DataLine::bytes : DataLine::none;
}

// Behind the line "end"; npos if the lines from `at` on are no uuencoded file. `at` is moved to the line that
// told.
std::size_t end_of_file(std::string_view text, std::size_t& at) {
  for (bool last = false; at < text.size();) {
    std::size_t next = at;
    const std::string_view line = line_at(text, next);
    if (trimmed(line) == "end") return next;
    const DataLine kind = data_line(line);
    if (kind == DataLine::none || last) return std::string_view::npos;
    last = kind == DataLine::last;
    at = next;
  }
  return std::string_view::npos;
}

}  // namespace

bool may_hold_uuencoded(std::string_view text) {
  for (std::size_t at = text.find(begin_word); at != std::string_view::npos;
       at = text.find(begin_word, at + 1))
    if ((at == 0 || text[at - 1] == '\n') && at + begin_word.size() < text.size() &&
        ascii_digit(text[at + begin_word.size()]))
      return true;
  return false;
}

std::vector<UuencodedFile> find_uuencoded(std::string_view text, std::size_t files_max) {
  std::vector<UuencodedFile> files;
  for (std::size_t at = 0; at < text.size() && files.size() < files_max;) {
    const std::size_t start = at;
    const std::string_view line = line_at(text, at);
    const std::size_t name = name_start(line);
    if (name == std::string_view::npos) continue;
    const std::size_t end = end_of_file(text, at);
    if (end == std::string_view::npos) continue;
    files.push_back({trimmed(line.substr(name)), text.substr(start, end - start)});
    at = end;
  }
  return files;
}

std::string without_uuencoded(std::string_view text, const std::vector<UuencodedFile>& files) {
  std::string rest;
  std::size_t at = 0;
  for (const UuencodedFile& file : files) {
    const auto start = static_cast<std::size_t>(file.lines.data() - text.data());
    rest.append(text.substr(at, start - at));
    at = start + file.lines.size();
  }
  return rest.append(text.substr(at));
}

}  // namespace hermod::mime
