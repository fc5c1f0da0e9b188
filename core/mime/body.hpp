// Which parts of a message are its text and which are attachments, and the text in its three forms. RFC 2046
// §5.1, RFC 2387, RFC 2183.
//
// Shown: the last form of an alternative that can be (HTML before plain text), the root of what is related,
// and text parts in order. Everything else is an attachment; it is inline if it says so or if the HTML refers
// to it.
#pragma once

#include <string>
#include <vector>

#include <core/mime/diagnostics.hpp>
#include <core/mime/message.hpp>
#include <core/mime/structure.hpp>

namespace hermod::mime {

// Writes the body's and the attachments' members of `message`.
void read_body(const Part& root, const ParseLimits& limits, Diagnostics& diagnostics, ParsedMessage& message);

}  // namespace hermod::mime
