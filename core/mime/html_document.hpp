// What an HTML body says about itself: its charset, and which parts of the message it shows.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

namespace hermod::mime {

// The label of <meta charset> or <meta http-equiv content="…charset=…"> near the start of the bytes; "" if
// none.
std::string_view declared_charset(std::string_view html_bytes);

// The document, which is UTF-8 now, says so: the label that declared_charset() finds becomes "utf-8".
void rewrite_declared_charset(std::string& html);

// What the document refers to: the ids of cid: URLs (RFC 2392), and the values of src attributes as they are.
std::unordered_set<std::string> referenced_parts(std::string_view html);

}  // namespace hermod::mime
