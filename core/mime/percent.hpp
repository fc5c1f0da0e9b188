// Percent escapes (RFC 3986 §2.1) → bytes; what is no escape stays as it is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <core/mime/ascii.hpp>

namespace hermod::mime {

inline std::string percent_decoded(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    bytes += low >= 0 ? static_cast<char>(high * 16 + low) : text[i];
    if (low >= 0) i += 2;
  }
  return bytes;
}

}  // namespace hermod::mime
