// Position: what a cursor of the memory provider says.
#pragma once

#include "tests/support/memory_provider/mailbox_state.hpp"

namespace hermod::memory {

struct Position {
  std::uint64_t epoch = 0;     // of the folder; another one: the cursor is invalid
  std::uint64_t serial = 0;    // Mode::consumed
  std::uint64_t head = 0;      // changes up to that one were told
  std::uint64_t arrived = 0;   // entries from that uid on are new
  std::uint64_t backfill = 0;  // older entries than that uid are still to be told; 0: none
  PageKind phase = PageKind::snapshot;
  std::int64_t window_start = 0;
  RemoteId compared_to;  // Mode::known: compared so far in this pass; empty: no pass runs
};

SyncCursor to_cursor(const Position& position);
std::optional<Position> to_position(const SyncCursor& cursor);

}  // namespace hermod::memory
