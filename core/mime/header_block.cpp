#include <core/mime/header_block.hpp>

#include <algorithm>

#include <core/mime/ascii.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t name_bytes_max = 256;  // RFC 5322 allows a line of 998; real names stay under 60

// The length of the first line with its line end.
std::size_t line_length(std::string_view bytes) {
  const std::size_t newline = bytes.find('\n');
  return newline == std::string_view::npos ? bytes.size() : newline + 1;
}

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_continuation(std::string_view bytes) { return bytes.starts_with(' ') || bytes.starts_with('\t'); }

// Where the ':' of a field's line is; npos if the line is no field. Blanks before the ':' are allowed.
std::size_t name_end(std::string_view line) {
  std::size_t end = 0;
  while (end < line.size() && end < name_bytes_max && line[end] > ' ' && line[end] != ':' &&
         line[end] != 0x7F)
    ++end;
  std::size_t colon = end;
  while (colon < line.size() && (line[colon] == ' ' || line[colon] == '\t')) ++colon;
  return end > 0 && colon < line.size() && line[colon] == ':' ? colon : std::string_view::npos;
}

// How many bytes to skip from an invalid line to the next field; 0 if the blank line or the end comes first.
std::size_t distance_to_field(std::string_view bytes) {
  std::size_t distance = 0;
  while (distance < bytes.size()) {
    const std::size_t length = line_length(bytes.substr(distance));
    const std::string_view line = without_line_end(bytes.substr(distance, length));
    if (line.empty()) return 0;
    if (distance > 0 && name_end(line) != std::string_view::npos) return distance;
    distance += length;
  }
  return 0;
}

std::size_t field_length(std::string_view bytes) {
  std::size_t length = line_length(bytes);
  while (length < bytes.size() && is_continuation(bytes.substr(length)))
    length += line_length(bytes.substr(length));
  return length;
}

}  // namespace

HeaderBlock split_header_block(std::string_view bytes, const HeaderBlockLimits& limits) {
  HeaderBlock block;
  std::size_t at = 0, stored_bytes = 0;
  while (at < bytes.size()) {
    const std::string_view rest = bytes.substr(at);
    const std::string_view line = without_line_end(rest.substr(0, line_length(rest)));
    if (line.empty()) {
      at += line_length(rest);
      break;
    }
    const std::size_t colon = name_end(line);
    if (colon == std::string_view::npos) {
      block.invalid_line = true;
      const std::size_t skip = distance_to_field(rest);
      if (skip == 0) break;
      at += skip;
      continue;
    }
    const std::size_t length = field_length(rest);
    at += length;
    stored_bytes += length;
    if (length > limits.field_bytes || stored_bytes > limits.block_bytes ||
        block.fields.size() >= limits.fields) {
      block.cut = true;
      stored_bytes -= std::min(length, stored_bytes);
      continue;
    }
    block.fields.push_back(
        {trimmed(line.substr(0, colon)), without_line_end(rest.substr(colon + 1, length - colon - 1))});
  }
  block.body_start = at;
  return block;
}

const RawField* find_field(const HeaderBlock& block, std::string_view name) {
  for (const RawField& field : block.fields)
    if (ascii_equal(field.name, name)) return &field;
  return nullptr;
}

std::string_view field_value(const HeaderBlock& block, std::string_view name) {
  const RawField* field = find_field(block, name);
  return field == nullptr ? std::string_view() : field->value;
}

std::string unfolded(std::string_view value) {
  value = trimmed(value);
  std::string line;
  line.reserve(value.size());
  while (!value.empty()) {
    const std::size_t end = std::min(value.find_first_of("\r\n"), value.size());
    line.append(value.substr(0, end));
    value.remove_prefix(end);
    if (value.empty()) break;
    while (!value.empty() && ascii_space(value.front())) value.remove_prefix(1);
    while (line.ends_with(' ') || line.ends_with('\t')) line.pop_back();
    line += ' ';
  }
  return line;
}

}  // namespace hermod::mime
