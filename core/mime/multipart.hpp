// The pieces between a multipart's boundaries, found by GMime. RFC 2046 §5.1.
//
// GMime is given the body alone, behind a header of ours, and with nested messages hidden from it: it would
// parse their address headers, where nesting exhausts the stack. Its own limits are none, so the number of
// lines that may be boundaries is checked first. Views point into `body`. Any thread.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace hermod::mime {

struct Piece {
  std::string_view bytes;  // headers and body
  std::vector<Piece> children;
  bool is_multipart = false;  // even if no boundary was found in it
};

struct MultipartLimits {
  std::size_t depth, pieces;
};

struct MultipartPieces {
  std::vector<Piece> pieces;  // empty if the boundary does not occur
  bool limited = false;       // a limit was exceeded
};

MultipartPieces split_multipart(std::string_view body, std::string_view boundary,
                                const MultipartLimits& limits);

// The token of the first line "--token" that a multipart with a missing or wrong boundary may have meant; ""
// if none.
std::string_view likely_boundary(std::string_view body);

}  // namespace hermod::mime
