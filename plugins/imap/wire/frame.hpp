// Frame: one logical response line, framed but not yet parsed: its text, and the literals that stood in it.
// In `text` each literal is one NUL (a NUL that a server sends in a line is replaced before).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hermod::imap {

struct Literal {
  std::uint64_t size = 0;
  bool streamed = false;  // its bytes went by as LiteralData events
  std::string bytes;
};

inline constexpr char literal_mark = '\0';

struct Frame {
  std::string text;
  std::vector<Literal> literals;
};

}  // namespace hermod::imap
