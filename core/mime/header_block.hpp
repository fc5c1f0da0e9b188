// Splits a message or part into its header fields and its body. RFC 5322 §2.2, leniently.
//
// Views point into the bytes given; they are valid as long as these. A line that is no field is skipped if a
// field follows before the blank line; else the body starts there (senders forget the blank line). Linear
// time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hermod::mime {

struct RawField {
  std::string_view name;   // as sent, without blanks before the ':'
  std::string_view value;  // behind the ':', still folded, without the last line end
};

struct HeaderBlock {
  std::vector<RawField> fields;
  std::size_t body_start = 0;  // the number of bytes that belong to the headers
  bool invalid_line = false;   // at least one line was no field
  bool cut = false;            // a limit was exceeded; the fields behind it are missing
};

struct HeaderBlockLimits {
  std::size_t block_bytes, field_bytes, fields;
};

HeaderBlock split_header_block(std::string_view bytes, const HeaderBlockLimits& limits);

// The first field of that name, or null.
const RawField* find_field(const HeaderBlock& block, std::string_view name);
// Its value, or "".
std::string_view field_value(const HeaderBlock& block, std::string_view name);

// Line ends and the blanks around them become one space; the ends are trimmed.
std::string unfolded(std::string_view value);

}  // namespace hermod::mime
