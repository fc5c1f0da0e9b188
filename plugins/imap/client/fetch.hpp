// UID FETCH of many messages (RFC 9051 §6.4.5): newest first, several commands open, nothing lost to one bad
// message.
//
// A batch that is refused is halved until the bad UID stands alone. UIDs that an OK left out are asked for
// once more by themselves. What then is still missing is told apart: refused, or absent. Nothing may be
// deleted on that basis.
#pragma once

#include <map>
#include <vector>

#include "plugins/imap/client/connection.hpp"
#include "plugins/imap/client/mailbox.hpp"

namespace hermod::imap {

struct FetchedMessages {
  std::map<Uid, FetchResponse> by_uid;
  UidSet absent;   // the server said OK and gave nothing
  UidSet refused;  // the server said NO or BAD
};

// Everything about the messages but their bodies: flags, date, size, Message-ID, object ids where there are
// any.
Task<Result<FetchedMessages>> fetch_facts(Connection& connection, UidSet uids);

struct WantedBody {
  Uid uid;
  std::uint64_t size = 0;  // as the server announced it
};
// Whole messages, raw. One that is larger than a response may hold comes back without bytes.
Task<Result<FetchedMessages>> fetch_bodies(Connection& connection, std::vector<WantedBody> newest_first);

// Flags of [first, last], those changed since `since` where given (CONDSTORE).
Task<Result<ReportedChanges>> fetch_flags(Connection& connection, Uid first, Uid last,
                                          std::optional<ModSeq> since);

}  // namespace hermod::imap
