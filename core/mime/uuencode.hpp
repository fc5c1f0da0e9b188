// Files that stand uuencoded in a plain text, as mailers sent them before MIME. POSIX uuencode.
//
// Only what is complete counts: "begin MODE NAME", lines of the right length and alphabet, "end". Everything
// else, such as a sentence that starts with "begin", stays in the text. Views point into the text given.
// Linear time: no line is looked at more than twice. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hermod::mime {

struct UuencodedFile {
  std::string_view name;   // as sent; may be empty
  std::string_view lines;  // from "begin" to "end", for TransferEncoding::uuencode
};

// True if there may be one; cheap.
bool may_hold_uuencoded(std::string_view text);

// At most `files_max` files; further ones stay in the text.
std::vector<UuencodedFile> find_uuencoded(std::string_view text, std::size_t files_max);

// The text without them. `files` are those found in it.
std::string without_uuencoded(std::string_view text, const std::vector<UuencodedFile>& files);

}  // namespace hermod::mime
