#include "server/api/content_disposition.hpp"

#include <algorithm>

namespace hermod::server {
namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_token_character(char c) {
  return is_alphanumeric(c) || std::string_view("!#$&-^_.+").find(c) != std::string_view::npos;
}

// attr-char of RFC 8187; everything else is percent-encoded.
bool is_attribute_character(char c) {
  return is_alphanumeric(c) || std::string_view("!#$&+-.^_`|~").find(c) != std::string_view::npos;
}

std::string percent_encoded(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char character : text) {
    if (is_attribute_character(character)) {
      out += character;
    } else {
      const auto byte = static_cast<unsigned char>(character);
      out.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
  }
  return out;
}

std::string ascii_fallback(std::string_view text) {
  std::string out;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte >= 0x80 && byte < 0xc0) continue;  // one underscore a character
    const bool plain =
        byte >= 0x20 && byte < 0x7f && character != '"' && character != '\\' && character != '%';
    out += plain ? character : '_';
  }
  return out;
}

}  // namespace

std::string content_disposition(Disposition disposition, std::string_view filename) {
  const std::string kind = disposition == Disposition::inline_ ? "inline" : "attachment";
  if (filename.empty()) return kind;
  return kind + "; filename=\"" + ascii_fallback(filename) + "\"; filename*=UTF-8''" +
         percent_encoded(filename);
}

std::string safe_media_type(std::string_view type) {
  const std::size_t slash = type.find('/');
  const bool good = slash != std::string_view::npos && slash > 0 && slash + 1 < type.size() &&
                    std::ranges::all_of(type.substr(0, slash), is_token_character) &&
                    std::ranges::all_of(type.substr(slash + 1), is_token_character);
  return good ? std::string(type) : "application/octet-stream";
}

}  // namespace hermod::server
