// Every maximum of the IMAP codec, in one place. Values are ours; a server that exceeds one loses a response
// (Malformed) or, where the byte stream cannot be followed any more, the connection.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hermod::imap {

struct WireLimits {
  // One logical line without its literals. SEARCH and VANISHED of a million UIDs need several MiB.
  std::size_t line_bytes_max = 8u << 20;
  // Larger literals are not kept in the response but delivered as LiteralData events.
  std::size_t inline_literal_bytes_max = 512u << 10;
  // All literals kept in one response together; what would exceed it is delivered as events as well.
  std::size_t inline_literals_bytes_max = 4u << 20;
  std::size_t literals_max = 4096;
  // Beyond this the announced length is no length: the connection is lost.
  std::uint64_t literal_octets_max = std::uint64_t{4} << 30;
  // Elements of one parenthesised list: flags of a message, words of a code. Each becomes a string.
  std::size_t list_items_max = 10'000;
  // Parenthesised lists within lists.
  int nesting_max = 32;
};

// A command line stays below this many octets (RFC 7162 §4).
inline constexpr std::size_t command_line_bytes_max = 8000;
// LITERAL- allows non-synchronizing literals up to this size (RFC 7888 §5).
inline constexpr std::size_t literal_minus_bytes_max = 4096;
// Longer strings are sent as literals, though a quoted string has no limit of its own.
inline constexpr std::size_t quoted_bytes_max = 1000;
// A user's search: its text, its search keys, and lists, NOT and OR within one another.
inline constexpr std::size_t search_bytes_max = 4000;
inline constexpr std::size_t search_keys_max = 256;
inline constexpr int search_depth_max = 32;

}  // namespace hermod::imap
