// UID STORE of one message's flags (RFC 9051 §6.4.6, RFC 7162 §3.1.3), on a mailbox open for writing.
//
// Flags are added and removed, never replaced: what others set meanwhile stays. A STORE of a UID that is not
// there is answered OK, so that the flags a server gives back are what proves it.
#pragma once

#include "plugins/imap/client/effects.hpp"

namespace hermod::imap {

struct FlagChange {
  std::vector<std::string> add, remove;  // as on the wire
  std::optional<ModSeq> unchanged_since;
};

// Error{conflict}.
Error changed_meanwhile();

// Absent: there is no such message.
Task<Result<std::optional<FetchResponse>>> fetch_state(Connection& connection, Uid uid);

// The flags as they are then; absent: there is no such message. Error{conflict}: it changed since
// `unchanged_since`.
Task<Result<std::optional<std::vector<std::string>>>> store_flags(Connection& connection, Effects& effects,
                                                                  Uid uid, FlagChange change);

}  // namespace hermod::imap
