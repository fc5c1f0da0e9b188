#include <core/mime/parameters.hpp>

#include <algorithm>
#include <charconv>
#include <map>

#include <core/mime/ascii.hpp>
#include <core/mime/charset.hpp>
#include <core/mime/encoded_word.hpp>
#include <core/mime/header_block.hpp>
#include <core/mime/percent.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t parameters_max = 500;      // of one header
constexpr unsigned sections_max = 500;           // of one parameter (RFC 2231 §3)
constexpr std::size_t value_bytes_max = 65'536;  // of one parameter

// The ')' that closes the '(' at `open`; npos if there is none.
std::size_t comment_end(std::string_view text, std::size_t open) {
  std::size_t depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    depth += text[i] == '(' ? 1 : 0;
    if (text[i] == ')' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

// An unclosed '(' is ordinary text.
std::string without_comments(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t close = text[i] == '(' ? comment_end(text, i) : 0;
    if (close == std::string_view::npos) return plain.append(text.substr(i));
    plain += close == 0 ? text[i] : ' ';
    if (close != 0) i = close;
  }
  return plain;
}

std::string take_quoted_value(std::string_view& rest) {
  rest.remove_prefix(1);
  std::string value;
  std::size_t i = 0;
  for (; i < rest.size() && rest[i] != '"'; ++i) {
    // A backslash in front of anything else is a path separator of a careless sender.
    if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\')) ++i;
    value += rest[i];
  }
  rest.remove_prefix(i);
  rest.remove_prefix(std::min(rest.find(';'), rest.size()));
  return value;
}

// Cuts a value off the front of `rest`, which then starts at the ';' behind it or is empty. File names are
// sent with bare parentheses; in other values these are comments.
std::string take_value(std::string_view& rest, std::string_view name) {
  rest = trimmed(rest);
  if (rest.starts_with('"')) return take_quoted_value(rest);
  const std::size_t end = std::min(rest.find(';'), rest.size());
  const std::string_view value = rest.substr(0, end);
  rest.remove_prefix(end);
  const bool is_file_name = name.starts_with("name") || name.starts_with("filename");
  return is_file_name ? std::string(trimmed(value)) : std::string(trimmed(without_comments(value)));
}

struct Section {
  unsigned number = 0;
  bool encoded = false;
  std::string_view value;
};

// "*", "*3" and "*3*" behind a parameter's name.
std::optional<Section> section_of(std::string_view suffix, std::string_view value) {
  Section section{0, suffix.ends_with('*'), value};
  if (suffix.starts_with('*')) suffix.remove_prefix(1);
  if (suffix.ends_with('*')) suffix.remove_suffix(1);
  if (suffix.empty()) return section;
  const auto [end, error] = std::from_chars(suffix.data(), suffix.data() + suffix.size(), section.number);
  if (error != std::errc() || end != suffix.data() + suffix.size() || section.number > sections_max)
    return std::nullopt;
  return section;
}

// Cuts "charset'language'" off the front; "" if it is not there.
std::string_view take_charset(std::string_view& value) {
  const std::size_t first = value.find('\'');
  const std::size_t second = first == value.npos ? value.npos : value.find('\'', first + 1);
  if (second == value.npos) return {};
  const std::string_view charset = value.substr(0, first);
  value.remove_prefix(second + 1);
  return charset;
}

}  // namespace

Parameters::Parameters(std::string_view header_value) {
  const std::string line = unfolded(header_value);
  const std::size_t end = std::min(line.find(';'), line.size());
  const std::string head = without_comments(std::string_view(line).substr(0, end));
  std::string_view value = trimmed(head);
  // Quirk: "text/html charset=utf-8", without the ';'.
  const std::size_t blank = value.find(' ');
  if (blank != std::string_view::npos && value.find('=', blank) != std::string_view::npos) {
    parse_parameters(std::string(";").append(value.substr(blank)));
    value = value.substr(0, blank);
  }
  for (const char c : value)
    if (!ascii_space(c)) value_ += ascii_lower(c);
  parse_parameters(std::string_view(line).substr(end));
}

void Parameters::parse_parameters(std::string_view rest) {
  while (!rest.empty() && parameters_.size() < parameters_max) {
    rest.remove_prefix(1);  // the ';'
    const std::size_t equals = rest.find_first_of("=;");
    if (equals == std::string_view::npos) return;
    const std::string name = ascii_lowered(trimmed(rest.substr(0, equals)));
    const bool has_value = rest[equals] == '=';
    rest.remove_prefix(equals);
    if (!has_value) continue;
    rest.remove_prefix(1);
    std::string value = take_value(rest, name);
    if (value.size() <= value_bytes_max) parameters_.push_back({name, std::move(value)});
  }
}

std::optional<std::string_view> Parameters::raw(std::string_view name) const {
  for (const Parameter& parameter : parameters_)
    if (parameter.name == name) return parameter.value;
  return std::nullopt;
}

std::vector<std::string_view> Parameters::all_raw(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const Parameter& parameter : parameters_)
    if (parameter.name == name) values.push_back(parameter.value);
  return values;
}

std::optional<std::string> Parameters::extended_text(std::string_view name) const {
  std::map<unsigned, Section> sections;  // of a repeated number the first counts
  for (const Parameter& parameter : parameters_) {
    const std::string_view full = parameter.name;
    if (full.size() <= name.size() || !full.starts_with(name) || full[name.size()] != '*') continue;
    if (const auto section = section_of(full.substr(name.size()), parameter.value))
      sections.try_emplace(section->number, *section);
  }
  if (sections.empty()) return std::nullopt;
  std::string bytes;
  std::string_view charset;
  bool any_encoded = false;
  for (const auto& [number, section] : sections) {
    std::string_view value = section.value;
    const bool first = number == sections.begin()->first;
    if (first && section.encoded) charset = take_charset(value);
    any_encoded = any_encoded || section.encoded;
    bytes += section.encoded ? percent_decoded(value) : std::string(value);
  }
  return any_encoded ? decode_charset(bytes, charset).text : decode_header_text(bytes);
}

std::optional<std::string> Parameters::text(std::string_view name) const {
  if (auto extended = extended_text(name)) return extended;
  const auto plain = raw(name);
  if (!plain) return std::nullopt;
  return decode_header_text(*plain);
}

}  // namespace hermod::mime
