// Changes of one message (RFC 9051 §6.4.6 to §6.4.9, §6.3.12), each by what the server offers.
//
//   move: MOVE; else COPY, \Deleted and UID EXPUNGE; else COPY, \Deleted and, if no other message is flagged
//         so, EXPUNGE. A message that cannot be expunged alone stays, flagged \Deleted.
//   where it went: COPYUID or APPENDUID; else looked for in the target from its UIDNEXT on.
//
// A repeat looks first:
//   here   there   move                 copy
//   no     yes     done                 done
//   yes    yes     here is removed      done
//   yes    no      done again           done again
//   no     no      not_found; `unknown` where nothing is known of the message
#pragma once

#include "plugins/imap/session/writing.hpp"

namespace hermod::imap {

Task<Result<MutationOutcome>> set_flags(Writing& writing, SetFlags change, std::optional<RemoteVersion> base);
Task<Result<MutationOutcome>> move_item(Writing& writing, MoveItem change, std::optional<RemoteVersion> base);
Task<Result<MutationOutcome>> copy_item(Writing& writing, CopyItem change, std::optional<RemoteVersion> base);
Task<Result<MutationOutcome>> delete_item(Writing& writing, ItemAddress item,
                                          std::optional<RemoteVersion> base);
// The new one first, then the old one is removed, whose version `base` is. A repeat looks for its Message-ID.
Task<Result<MutationOutcome>> put_draft(Writing& writing, PutDraft draft, std::optional<RemoteVersion> base);

}  // namespace hermod::imap
