// A text part's bytes → UTF-8, by its charset label, its byte order mark or what the HTML says.
#pragma once

#include <cstddef>
#include <string>

#include <core/mime/diagnostics.hpp>
#include <core/mime/plain_text.hpp>
#include <core/mime/structure.hpp>

namespace hermod::mime {

// At most `bytes_max` decoded bytes are read. Files that stand in a plain text are left out. HTML comes with
// its charset label rewritten to "utf-8".
std::string decode_text_part(const Part& part, const ParseLimits& limits, std::size_t bytes_max,
                             Diagnostics& diagnostics);

TextFormat text_format(const Part& part);

}  // namespace hermod::mime
