// Charset labels as they are sent → the converter to use. RFC 2978 names, WHATWG Encoding aliases, old
// mailers' habits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hermod::mime {

enum class CharsetKind : std::uint8_t {
  western,  // no label of meaning: UTF-8 if valid, else windows-1252
  latin1,   // the same, but windows-1252 is what the label promised
  utf8,
  utf16,      // byte order mark, else by where the zeros are
  converter,  // `name` is what ICU calls it
};

struct Charset {
  CharsetKind kind = CharsetKind::western;
  std::string name;  // for `converter`; may be unknown to ICU
};

Charset charset_from_label(std::string_view label);

}  // namespace hermod::mime
