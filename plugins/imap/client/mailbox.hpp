// Opening a mailbox (EXAMINE, RFC 9051 §6.3.3) and what the server tells with it (RFC 7162 §3.1.2, §3.2.5).
//
// EXAMINE, not SELECT: nothing that a reader does may change the mailbox, \Recent included.
#pragma once

#include <map>

#include "plugins/imap/client/connection.hpp"
#include "plugins/imap/client/limits.hpp"

namespace hermod::imap {

// Where we were: given to a server with QRESYNC it answers with what changed since.
struct SyncPoint {
  UidValidity uid_validity;
  ModSeq modseq;
};

// What changed: flags by UID, and what is gone. UIDs that we never had may be among both.
struct ReportedChanges {
  std::map<Uid, std::vector<std::string>> flags;
  UidSet vanished;
  bool truncated = false;  // more than changes_max: of no use

  void note(Response& response);
};

inline constexpr std::size_t changes_max = 200'000;

// Opens `name`. On success connection.selected() has it; on failure nothing is selected. With `since` and
// QRESYNC enabled, `changes` gets what changed (nothing when UIDVALIDITY is another). Error{not_found}: there
// is no such mailbox.
Task<Status> open_mailbox(Connection& connection, std::string name, std::optional<SyncPoint> since,
                          ReportedChanges* changes);

// Leaves the open mailbox, if there is one. Opened by EXAMINE, it is not changed by that.
Task<Status> leave_mailbox(Connection& connection);

}  // namespace hermod::imap
