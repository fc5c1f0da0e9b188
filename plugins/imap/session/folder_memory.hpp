// FolderMemory: what a session keeps of a folder between the pages of one pass. Losing it costs requests,
// never correctness: it counts only for the very cursor that the last page gave. Owned by the session;
// strand.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include <hermod/model.hpp>

#include "plugins/imap/wire/response.hpp"

namespace hermod::imap {

// The changes of a pass that are still to be served. `target` is the cursor's base once they are.
struct PendingChanges {
  std::vector<Item> changed;  // newest last: served from the end
  std::vector<RemoteId> removed;
  ModSeq target;
  bool empty() const { return changed.empty() && removed.empty(); }
};

struct FolderMemory {
  SyncCursor expected;
  std::optional<PendingChanges> pending;
  UidSet searched;                     // of the gaps: where a SEARCH told what exists
  UidSet existing;                     // what it told, not served yet
  std::map<Uid, FetchResponse> facts;  // fetched and not served yet
};

// What EXAMINE said when a folder was last found to be in step; a later EXAMINE that says the same needs no
// pass.
struct FolderState {
  UidValidity uid_validity;
  std::optional<Uid> uid_next;
  std::optional<ModSeq> highest_modseq;
  std::uint32_t messages = 0;
  friend bool operator==(const FolderState&, const FolderState&) = default;
};

// Absent when the status does not tell all of it.
inline std::optional<FolderState> folder_state(const MailboxStatus& status) {
  if (!status.uid_validity || !status.uid_next || !status.messages) return std::nullopt;
  const bool has_modseq = status.highest_modseq && *status.highest_modseq;
  return FolderState{*status.uid_validity, status.uid_next, has_modseq ? status.highest_modseq : std::nullopt,
                     *status.messages};
}

// By mailbox.
struct FolderStates {
  std::map<std::string, FolderState> settled;  // as a pass last left it in step
  std::map<std::string, FolderState> listed;   // as the last listing told: the engine knows what that means
};

}  // namespace hermod::imap
