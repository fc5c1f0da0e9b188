// FolderCursor: how far a folder has been synced, as the bytes of the engine's SyncCursor. Pure.
//
// Version byte, then varints. Bytes of another version or shape do not decode: the engine then takes a
// snapshot.
#pragma once

#include <optional>

#include <hermod/model.hpp>

#include "plugins/imap/wire/numbers.hpp"
#include "plugins/imap/wire/uid_set.hpp"

namespace hermod::imap {

struct FolderCursor {
  // `snapshot` until every gap of a fresh listing has been served once, `settled` from then on.
  enum class Phase : std::uint8_t { snapshot, settled };
  static constexpr std::size_t gaps_max = 64;

  Phase phase = Phase::snapshot;
  UidValidity uid_validity;
  // Changes up to here were served; 0: the folder has no mod-sequences. Never taken from a FETCH: only from
  // what an EXAMINE told before the changes were read.
  ModSeq base;
  std::uint32_t page = 0;        // of the open pass; tells a repeated page from the next one
  Uid next;                      // the first UID never looked at
  UidSet gaps;                   // below `next`, not served yet; the newest go first
  std::uint32_t messages = 0;    // served and not removed since: compared with EXISTS
  std::int64_t compared_at = 0;  // unix seconds of the last comparison of the whole folder
  Uid recent_from;               // where the newest messages began then

  friend bool operator==(const FolderCursor&, const FolderCursor&) = default;
};

SyncCursor encode(const FolderCursor& cursor);
std::optional<FolderCursor> decode(const SyncCursor& cursor);

}  // namespace hermod::imap
