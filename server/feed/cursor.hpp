// Cursors of the feed: where a reader goes on, as `cursor`, `next_cursor` and SSE's id.
//
// Bound to what it reads, a grant or an application: another's is refused as garbage is. A cursor of the log
// is the number of the last entry that was read; one of a snapshot also says how far the state was read, so
// that a server keeps nothing between two pages.
#pragma once

#include "core/store/change_log.hpp"

namespace hermod::server {

// What a reader reads: the changes of one grant, numbered by seq, or those of an application, numbered by
// position.
struct FeedScope {
  enum class Kind : std::uint8_t { grant, application };
  Kind kind = Kind::grant;
  ids::ObjectId id;
};

struct FeedCursor {
  enum class Stage : std::uint8_t { log, snapshot };
  Stage stage = Stage::log;
  std::int64_t number = 0;  // of the log: read on after it; of a snapshot: the log goes on from here

  // How far a snapshot has come: the last object of that account and type.
  ids::ObjectId account_id;
  store::ObjectType object = store::ObjectType::grant;
  ids::ObjectId object_id;
};

std::string cursor_text(const FeedScope& scope, const FeedCursor& cursor);
// Nothing unless cursor_text() made it for this scope.
std::optional<FeedCursor> parse_cursor(const FeedScope& scope, std::string_view text);

}  // namespace hermod::server
