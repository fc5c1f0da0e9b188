// Files within a leaf part: those of a TNEF stream, those that stand uuencoded in a plain text.
//
// They are attachments like others, with the part's path, a '~' and their number: "2~1". Views point into the
// message or into `owned`. Limits: ParseLimits::parts files; of a transfer-encoded text the first
// decoded_text_bytes are searched. Linear time. Any thread.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <core/mime/message.hpp>
#include <core/mime/structure.hpp>
#include <core/mime/transfer_encoding.hpp>

namespace hermod::mime {

inline constexpr char enclosed_mark = '~';

struct EnclosedFile {
  std::string filename;      // cleaned; may be empty
  std::string content_type;  // never empty
  std::string content_id;    // without brackets
  std::string_view body;     // still encoded
  TransferEncoding encoding = TransferEncoding::identity;
};

struct EnclosedFiles {
  std::deque<std::string> owned;
  std::vector<EnclosedFile> files;
};

EnclosedFiles read_enclosed_files(const Part& leaf, const ParseLimits& limits);

// The decoded bytes of a plain text without the files in it, the first `bytes_max` of them; `complete` is set
// to false if there are more.
std::string text_without_files(const Part& leaf, const ParseLimits& limits, std::size_t bytes_max,
                               bool& complete);

}  // namespace hermod::mime
