// Command: one client command as a value, and its octets (RFC 9051 §6, RFC 7888). Sans-IO.
//
// Quoting: an atom only for safe ASCII, else a quoted string, else (8-bit, CR, LF, long) a literal. What the
// server allows about literals is known to the connection, so it is asked for at serialization: the result is
// a list of segments, and after each but the last the client waits for `+`.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "plugins/imap/wire/limits.hpp"
#include "plugins/imap/wire/uid_set.hpp"

namespace hermod::imap {

enum class LiteralSupport : std::uint8_t {
  synchronizing,  // wait for `+` before each
  small,          // LITERAL-: up to 4096 octets without waiting
  any,            // LITERAL+
};

class Command {
 public:
  // `words` are sent as they are: ours, never from outside.
  explicit Command(std::string_view words) : parts_{Text{std::string(words)}} {}

  // Each appends a space and its argument.
  Command& words(std::string_view text);
  Command& astring(std::string_view value);
  Command& string(std::string_view value);
  Command& literal(std::string_view value);
  // `)` without a space; the list was begun by words("(…").
  Command& end_list() { return append(")"); }

  // The command as segments, CRLF included; `tag` first.
  std::vector<std::string> serialize(std::string_view tag, LiteralSupport support) const;

 private:
  struct Text {
    std::string octets;
  };
  struct Literal {
    std::string octets;
  };
  Command& append(std::string_view text);
  std::vector<std::variant<Text, Literal>> parts_;
};

// Whether the octets can be sent at all in a literal: no NUL (RFC 9051 §4.3).
bool is_sendable(std::string_view value);

}  // namespace hermod::imap
