// Plain text bodies: format=flowed (RFC 3676) undone, and the text turned into HTML for the API's `body`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hermod::mime {

enum class TextFormat : std::uint8_t {
  fixed,
  flowed,         // a line that ends in a blank goes on in the next one
  flowed_delete,  // DelSp=yes: and the blank is not part of the text
};

// Paragraphs on one line each, quoted ones behind "> " for each level. Line ends are '\n'. `text` is UTF-8.
std::string unflowed(std::string_view text, TextFormat format);

// Escaped, lines kept by <br>; leading and repeated blanks survive. Quoted lines of flowed text become
// <blockquote>; of fixed text they keep their '>'. Quote levels beyond quote_depth_max count as that. Markup
// can make many bytes of one: the text is cut where the HTML has `bytes_max`, or a little more.
std::string plain_text_to_html(std::string_view text, TextFormat format, std::size_t bytes_max);

inline constexpr std::size_t quote_depth_max = 30;

}  // namespace hermod::mime
