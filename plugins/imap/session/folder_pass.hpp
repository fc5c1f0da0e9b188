// FolderPass: one fetch_changes call on one connection. Made for the call; strand.
//
//   EXAMINE ─► UIDVALIDITY differs ─► cursor_invalid (the snapshot that follows finds the bodies by
//   known.find)
//      │
//      ├─ no cursor: snapshot begins, everything is a gap          what is new since becomes a gap
//      ├─ snapshot or gaps left: ───────────────────────────────► serve the newest of the gaps
//      └─ settled: a pass begins
//            QRESYNC:        what EXAMINE reported since base       ┐
//            CONDSTORE:      UID FETCH … (CHANGEDSINCE base)        ├─► pending changes, served after new
//            mail neither:        comparison with the store              ┘ and, when EXISTS does not fit what
//            was served: comparison of the UIDs with the store
//
// The cursor's base moves only when all changes of the pass are served, to what EXAMINE told at its
// beginning.
#pragma once

#include <hermod/session.hpp>

#include "plugins/imap/client/connection.hpp"
#include "plugins/imap/client/mailbox.hpp"
#include "plugins/imap/mapping/folder_cursor.hpp"
#include "plugins/imap/session/comparison.hpp"
#include "plugins/imap/session/folder_memory.hpp"
#include "plugins/imap/session/known_items.hpp"

namespace hermod::imap {

class FolderPass {
 public:
  // `memory` is the folder's where the cursor is the one it expects, else an empty one.
  FolderPass(Connection& connection, std::string mailbox, std::optional<FolderCursor> cursor,
             FetchLimits limits, FolderMemory& memory)
      : connection_(connection),
        mailbox_(std::move(mailbox)),
        begins_(!cursor),
        cursor_(cursor.value_or(FolderCursor{})),
        limits_(limits),
        memory_(memory) {}

  Task<Result<ChangePage>> run();
  // After a complete page: the state in which the folder is in step with its cursor.
  const std::optional<FolderState>& settled_state() const { return settled_state_; }

 private:
  Task<Status> open(bool new_pass);
  Task<Result<Uid>> uid_next();
  Task<Status> begin_pass();
  Task<Status> drop_reused();
  Task<Status> add_vanished(ChangePage& page, UidSet listed);
  Task<Status> take_reported(ReportedChanges changes);
  Task<Status> compare(Compared compared, Uid first);
  Task<Status> compare_without_modseq();
  Task<Status> verify_count();
  Task<Status> find_existing(std::size_t wanted);
  void note_new_mail(Uid uid_next);
  void note_unknown(const UidSet& uids);
  void serve_pending(ChangePage& page);
  void finish(ChangePage& page);
  KnownItems known() const;

  Connection& connection_;
  std::string mailbox_;
  bool begins_;
  FolderCursor cursor_;
  FetchLimits limits_;
  FolderMemory& memory_;
  std::uint32_t messages_at_open_ = 0;
  Uid told_next_;                  // by the server, at the beginning
  Uid top_matched_;                // the newest that a comparison found on both sides
  std::vector<RemoteId> dropped_;  // their UIDs name other messages now
  ReportedChanges reported_;
  std::optional<FolderState> settled_state_;
};

}  // namespace hermod::imap
