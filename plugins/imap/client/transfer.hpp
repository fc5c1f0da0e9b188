// COPY, MOVE and EXPUNGE of one message (RFC 9051 §6.4.7, §6.4.8, §6.4.9; RFC 4315, RFC 6851), and APPEND
// (§6.3.12), on a mailbox open for writing.
#pragma once

#include "plugins/imap/client/effects.hpp"

namespace hermod::imap {

// Where a message went, as far as the server told (COPYUID, APPENDUID).
struct Destination {
  UidValidity uid_validity;
  Uid uid;
};

enum class Transfer : std::uint8_t { copy, move };

// Absent: the server did not tell. OK proves nothing then: it is the answer for a message that is not there
// as well. Error{not_found}: there is no mailbox of that name.
Task<Result<std::optional<Destination>>> transfer(Connection& connection, Effects& effects, Transfer kind,
                                                  Uid uid, std::string mailbox);

// Expunges a message that is flagged \Deleted. False: it stays, since others are flagged as well and this
// server can expunge but all at once.
Task<Result<bool>> expunge(Connection& connection, Effects& effects, Uid uid);

struct NewMessage {
  std::string raw;                 // its lines end in CRLF, and it has no NUL
  std::vector<std::string> flags;  // as on the wire
  std::int64_t received_at = 0;    // unix seconds; 0: the server's time
};
// Absent: the server did not tell. Error{limit}: it is larger than the server takes, or a quota is used up.
Task<Result<std::optional<Destination>>> append(Connection& connection, Effects& effects, std::string mailbox,
                                                NewMessage message);

}  // namespace hermod::imap
