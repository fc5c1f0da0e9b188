// A multipart/form-data body, read as it comes: no part is held in memory beyond SpooledBytes' share. RFC
// 7578, 2046 §5.1.
#pragma once

#include <vector>

#include "server/http/request.hpp"
#include "server/http/spooled_bytes.hpp"

namespace hermod::server {

struct FormPart {
  std::string name;          // of the field
  std::string filename;      // empty: none was sent
  std::string content_type;  // empty: none was sent
  SpooledBytes bytes;
};

inline constexpr std::size_t form_parts_max = 600;
inline constexpr std::size_t form_headers_bytes_max = std::size_t{16} << 10;  // of one part

// Whether the request says that its body is one.
bool has_form(const Request& request);

// Error{invalid_argument} for a body that is none, or that ends before its last delimiter; Error{limit}
// beyond `bytes_max` or form_parts_max.
Result<std::vector<FormPart>> read_form(Request& request, std::uint64_t bytes_max);

}  // namespace hermod::server
