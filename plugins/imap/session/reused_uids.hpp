// UIDs that name another message than they did, though UIDVALIDITY is the same: the mailbox was restored from
// an older backup, and what arrived since got the numbers of what was lost. RFC 9051 §2.3.1.1 forbids it; it
// happens.
//
// A message is told by its INTERNALDATE, which a server may not change, and its Message-ID. Its size is no
// proof: some servers only estimate it.
#pragma once

#include "plugins/imap/client/connection.hpp"
#include "plugins/imap/session/known_items.hpp"

namespace hermod::imap {

struct ReusedUids {
  std::vector<RemoteId> gone;  // what the store holds by these UIDs, and by those from `next` on
  bool whole = true;           // false: there may be more than page_removals_max
};

// Of all that the store holds of the folder. The mailbox is open; `next` is what it tells as UIDNEXT.
Task<Result<ReusedUids>> find_reused(Connection& connection, KnownItems known, Uid next);

// Whether that one names another message. False also where either side does not know it.
Task<Result<bool>> is_reused(Connection& connection, KnownItems known, Uid uid);

}  // namespace hermod::imap
