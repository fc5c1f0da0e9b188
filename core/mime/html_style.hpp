// What a style attribute says about whether a reader sees the element. CSS 2.1, the properties that mail is
// hidden by.
#pragma once

#include <optional>
#include <string_view>

namespace hermod::mime {

struct HtmlStyle {
  bool removed = false;            // with all it contains: display:none, opacity:0, max-height:0, …
  std::optional<bool> unseen;      // font-size up to 1px, visibility:hidden; inherited until set again
  std::optional<bool> white_text;  // inherited until set again
  bool background = false;         // a background that is not white
};

// `style` as sent; what is behind its first style_bytes_max bytes is not read.
HtmlStyle read_style(std::string_view style);
bool is_white(std::string_view color);

}  // namespace hermod::mime
