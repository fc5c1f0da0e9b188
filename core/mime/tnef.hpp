// The files inside a TNEF stream ("winmail.dat"), which Outlook sends in place of MIME parts. [MS-OXTNEF].
//
// Views point into the stream given. A stream that breaks off or contradicts itself gives the files in front
// of that place. Linear time, no recursion: an embedded message is a file, itself a TNEF stream. Pure; any
// thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hermod::mime {

struct TnefFile {
  std::string name;          // UTF-8, as sent; may be empty
  std::string content_type;  // as sent; may be empty
  std::string content_id;    // as sent; may be empty
  std::string_view bytes;
};

// True if the bytes start as a TNEF stream does.
bool is_tnef(std::string_view bytes);

std::vector<TnefFile> read_tnef_files(std::string_view stream, std::size_t files_max);

}  // namespace hermod::mime
