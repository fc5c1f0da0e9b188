// read_feed(): the next page of a feed after a cursor: of the snapshot while that lasts, then of the log.
//
//   no cursor ──► note the log's end ──► grant, folders, threads, messages by id ──► (next account) ──► log
//   from there cursor=now
//   ────────────────────────────────────────────────────────────────────────────────────► log from its end
//
// What changes while a snapshot is read is in the log after the noted number: nothing is missed, and an
// object may come twice, its later state last. No transaction is held, and no state but the cursor. Threads:
// whoever has the connection.
#pragma once

#include <span>

#include "server/feed/entry.hpp"

namespace hermod::server {

inline constexpr int feed_limit_default = 100, feed_limit_max = 1000;
// Entries that one page may pass over for a filter that takes few; then it ends, shorter than asked for.
inline constexpr int passed_over_max = 100'000;

struct FeedPage {
  std::vector<FeedEntry> entries;
  FeedCursor next;    // read on here, also when there are no entries
  bool more = false;  // there is more by now; else `next` waits at the end of the log
};

Result<FeedCursor> snapshot_cursor(store::Connection& connection, const FeedScope& scope);
Result<FeedCursor> now_cursor(store::Connection& connection, const FeedScope& scope);

// At most `limit` entries. Error{cursor_invalid} when the log does not reach back to the cursor any more.
Result<FeedPage> read_feed(store::Connection& connection, const FeedScope& scope, const FeedCursor& from,
                           const FeedFilter& filter, int limit);

// Which of the entries `folders` (of `in`) lets through. Of messages and drafts: those that are in one of the
// folders now; every deletion and every change of folders, since the log does not say from where. Everything
// of other objects.
Result<std::vector<bool>> passes_folders(store::Connection& connection,
                                         const std::vector<std::string>& folders,
                                         std::span<const store::LoggedChange> changes);

// Fills in `data` of each.
Status add_data(store::Connection& connection, std::span<FeedEntry> entries);

}  // namespace hermod::server
