// The tree of parts of a message: which bytes are whose headers and body. RFC 2046.
//
// A Structure owns what had to be copied or decoded to find the parts; the rest points into the message,
// which must outlive it. Nested messages are leaves. Parts are numbered as RFC 9051 §6.4.5 does ("1.2"; a
// message without multiparts has one part, "1"). Repaired: missing and wrong boundaries, multiparts sent in
// base64, missing blank lines. Limits: ParseLimits; what exceeds one is left out and noted.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <core/mime/diagnostics.hpp>
#include <core/mime/header_block.hpp>
#include <core/mime/message.hpp>
#include <core/mime/parameters.hpp>
#include <core/mime/transfer_encoding.hpp>

namespace hermod::mime {

struct Part {
  std::string path;  // "" for a root that is a multipart
  HeaderBlock headers;
  Parameters type;  // never empty: a missing or broken type has been replaced by what the body looks like
  TransferEncoding encoding = TransferEncoding::identity;  // already checked against the body
  std::string_view body;                                   // still encoded; of a multipart: unused
  std::vector<Part> children;                              // of a multipart, at least one

  bool is_multipart() const { return !children.empty(); }
};

struct Structure {
  Part root;
  std::deque<std::string> owned;  // bytes that parts point to; never moved
};

// The message from its first header on, with its line ends repaired if need be (then the bytes are in
// `owned`).
std::string_view message_start(std::string_view raw, std::deque<std::string>& owned,
                               const ParseLimits& limits, Diagnostics& diagnostics);

Structure read_structure(std::string_view raw, const ParseLimits& limits, Diagnostics& diagnostics);

// The leaf or multipart at that path, or null.
const Part* find_part(const Part& root, std::string_view path);

}  // namespace hermod::mime
