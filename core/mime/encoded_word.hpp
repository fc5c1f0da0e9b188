// Header text → UTF-8: encoded words (RFC 2047) in their regular and broken forms, and raw 8-bit text.
//
// Neighbouring words of one charset are joined before they are converted, because senders split characters.
// Controls become spaces: an encoded line break must not become a header of its own. Linear time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hermod::mime {

// `text` is unfolded. The result is valid UTF-8 without controls, trimmed.
std::string decode_header_text(std::string_view text);

// The length of the encoded word at the start of `text`, so that its commas and quotes separate nothing; 0 if
// there is none with an end.
std::size_t encoded_word_length(std::string_view text);

}  // namespace hermod::mime
