// Opening a mailbox (SELECT and EXAMINE, RFC 9051 §6.3.2, §6.3.3) and what the server tells with it (RFC 7162
// §3.1.2, §3.2.5).
//
// Readers open by EXAMINE: nothing that they do may change the mailbox, \Recent included. After it a STORE is
// answered OK by some servers and does nothing, so writers open by SELECT.
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
  UidUnion vanished;
  bool truncated = false;  // more than changes_max or kept_bytes_max: of no use

  void note(Response& response);

 private:
  bool keeps(std::size_t bytes);
  std::uint64_t bytes_kept_ = 0;
};

inline constexpr std::size_t changes_max = 200'000;

// Opens `name`. On success connection.selected() has it; on failure nothing is selected. With `since` and
// QRESYNC enabled, `changes` gets what changed (nothing when UIDVALIDITY is another). Error{not_found}: there
// is no such mailbox.
Task<Status> open_mailbox(Connection& connection, std::string name, std::optional<SyncPoint> since,
                          ReportedChanges* changes);

// Opens `name` by SELECT; otherwise as above. Error{denied}: it can be read alone.
Task<Status> open_for_writing(Connection& connection, std::string name);

// A NO without a telling code to a command about `name`: gone, or refused for another reason?
Task<Error> explain_refusal(Connection& connection, std::string name, Error error);

// Leaves the open mailbox, if there is one, without expunging anything: a CLOSE after SELECT would.
Task<Status> leave_mailbox(Connection& connection);

}  // namespace hermod::imap
