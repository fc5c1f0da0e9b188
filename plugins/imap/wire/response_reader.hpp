// ResponseReader: the bytes of a server in, events out (RFC 9051 §2.2.2, §4.3). Sans-IO, owned by one
// connection.
//
// Frames first, parses second: `{n}` at the end of a line pulls n octets and continues the line, so a
// response that cannot be parsed costs itself alone. A literal over the inline limits is delivered piece by
// piece between LiteralBegin and LiteralEnd, before the response that holds it, so no message need fit in
// memory. Limits: WireLimits. Feed what was read, then call next() until it gives nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <hermod/result.hpp>
#include "plugins/imap/wire/frame.hpp"
#include "plugins/imap/wire/limits.hpp"
#include "plugins/imap/wire/response.hpp"

namespace hermod::imap {

struct LiteralBegin {
  std::uint64_t size = 0;
  std::string head;  // the line before it, e.g. `* 7 FETCH (UID 12 BODY[]`, with its literals as NUL
};
// Valid until the reader is called again.
struct LiteralData {
  std::string_view bytes;
};
struct LiteralEnd {};

// One response was lost; the connection goes on.
struct Malformed {
  Error error;
};
// The byte stream cannot be followed any more; close the connection. Nothing else comes after it.
struct Unreadable {
  Error error;
};

using Event = std::variant<Response, LiteralBegin, LiteralData, LiteralEnd, Malformed, Unreadable>;

class ResponseReader {
 public:
  explicit ResponseReader(WireLimits limits = {}) : limits_(limits) {}

  void feed(std::string_view bytes);
  std::optional<Event> next();

  // Drops every byte that was fed and not yet given out (after STARTTLS: it came unprotected).
  void discard_input();
  // Takes those bytes out instead (after COMPRESS: they are compressed already).
  std::string take_input();

 private:
  enum class State : std::uint8_t { line, inlined_literal, streamed_literal, streamed_end, lost };

  std::string_view take(std::size_t bytes_max);
  std::optional<Event> read_line();
  std::optional<Event> end_line();
  std::optional<Event> read_streamed_literal();
  std::optional<Event> begin_literal(std::uint64_t size);
  void append_to_line(std::string_view text);
  Event complete();
  Event lose(std::string_view reason);

  WireLimits limits_;
  State state_ = State::line;
  std::string buffer_;
  std::size_t consumed_ = 0;
  Frame frame_;
  bool oversized_ =
      false;  // the response is skipped; of its line only the tail is kept, to follow its literals
  bool free_text_ = false;  // with oversized_: what the whole line would have said
  std::size_t inlined_bytes_ = 0;
  std::uint64_t literal_left_ = 0;
};

}  // namespace hermod::imap
