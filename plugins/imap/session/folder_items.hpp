// Items of a page: facts of the messages, which of their bodies the store holds already, and the other
// bodies.
//
// A body is not downloaded when the store has it under the same id, or under another one with the same keys
// (after a move or a new UIDVALIDITY) where these name exactly one message on both sides.
#pragma once

#include <hermod/session.hpp>

#include "plugins/imap/client/connection.hpp"
#include "plugins/imap/session/known_items.hpp"

namespace hermod::imap {

struct ListedItems {
  std::vector<Item> items;  // newest first
  UidSet served;            // the UIDs that are done: `items`, and those that are gone or cannot be read
};

// Of `uids`, the newest that fit the limits, at least one. `facts` has what was fetched before and keeps what
// did not fit. A message that the server lists but does not give out is served as known, or left out if it is
// not.
Task<Result<ListedItems>> list_items(Connection& connection, KnownItems known, UidSet uids,
                                     FetchLimits limits, std::map<Uid, FetchResponse>& facts);

}  // namespace hermod::imap
