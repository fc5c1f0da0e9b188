#include "tests/support/memory_provider/cursor.hpp"

#include <sstream>

namespace hermod::memory {

SyncCursor to_cursor(const Position& position) {
  std::ostringstream text;
  text << position.epoch << ' ' << position.serial << ' ' << position.head << ' ' << position.arrived << ' '
       << position.backfill << ' ' << (position.phase == PageKind::snapshot ? 's' : 'd') << ' '
       << position.window_start << " [" << position.compared_to.bytes << ']';
  return {text.str()};
}

std::optional<Position> to_position(const SyncCursor& cursor) {
  std::istringstream text(cursor.bytes);
  Position position;
  char phase = 0;
  std::string compared;
  text >> position.epoch >> position.serial >> position.head >> position.arrived >> position.backfill >>
      phase >> position.window_start >> compared;
  if (!text || compared.size() < 2 || compared.front() != '[' || compared.back() != ']') return std::nullopt;
  if (phase != 's' && phase != 'd') return std::nullopt;
  position.phase = phase == 's' ? PageKind::snapshot : PageKind::delta;
  position.compared_to.bytes = compared.substr(1, compared.size() - 2);
  return position;
}

}  // namespace hermod::memory
