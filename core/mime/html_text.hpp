// HTML → what a reader sees of it, for search and snippets. Not a sanitiser: shown HTML needs one of its own.
//
// One pass over the tags with libxml2's tables of elements and entities, not its parser: that compares every
// attribute of a tag with every other, so a hostile tag costs quadratic time. Left out: scripts, styles, the
// head, comments, and what CSS hides (display:none, zero sizes, white text, …). Blocks become lines, list
// items "- ", cells tabs, images their alternative text, links their text. Blanks collapse, zero-width
// characters go. Linear time. Limits: depth_max open elements (deeper ones still give their text).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hermod::mime {

struct HtmlText {
  std::string text;      // all visible text
  std::string own_text;  // its start, with a line ">" for what is quoted; at most `own_bytes_max` bytes
};

inline constexpr std::size_t own_bytes_max = 4096;  // ample for a snippet

// `html` is UTF-8.
HtmlText html_to_text(std::string_view html);

}  // namespace hermod::mime
