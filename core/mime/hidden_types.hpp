// Keeps GMime from parsing nested messages: it would parse their address headers, and groups within groups
// there exhaust the stack. Works on a copy of the message; where the parts are does not change.
#pragma once

#include <cstddef>
#include <string>

namespace hermod::mime {

// Makes the type in a "Content-Type: message/…" or "multipart/digest" (whose parts are messages by default)
// an unknown one, if such a header starts at `line`.
void hide_message_type(std::string& text, std::size_t line);

}  // namespace hermod::mime
