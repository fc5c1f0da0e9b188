// The start of a message on one line, as lists of messages show it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hermod::mime {

// The first `characters` of `text` (UTF-8) with blanks collapsed and invisible characters left out, no
// grapheme cut. Quoted lines, the line that announces them, and the signature are left out, unless nothing
// else is there.
std::string make_snippet(std::string_view text, std::size_t characters);

}  // namespace hermod::mime
