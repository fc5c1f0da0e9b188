// What the parser has to know of an HTML element. WHATWG HTML §13.1.2 and §15.3.
#pragma once

#include <string_view>

namespace hermod::mime {

struct HtmlElementTraits {
  bool is_void = false;          // has no content and no end tag
  bool is_block = false;         // starts and ends a line
  bool is_cell = false;          // of a table row
  bool is_unseen = false;        // with all it contains
  bool closes_its_kind = false;  // ends where the next one of its kind starts
  bool has_raw_text = false;     // its content is not markup, and not shown
};

// `name` is lower case. Unknown elements have no traits.
HtmlElementTraits traits_of(std::string_view name);

}  // namespace hermod::mime
