// The folder on the server against what the store holds of it, for servers that do not tell changes by
// themselves.
//
// Walks the store's items in windows: UIDs (and flags) of each window are asked for, so that neither side is
// ever whole in memory. A UID that a FETCH left out counts as gone only when a SEARCH does not name it
// either.
#pragma once

#include "plugins/imap/client/connection.hpp"
#include "plugins/imap/session/known_items.hpp"

namespace hermod::imap {

enum class Compared : std::uint8_t { uids, uids_and_flags };

struct Difference {
  std::vector<Item> changed;  // newest last; flags as the server has them, the rest as known
  std::vector<RemoteId> removed;
  UidSet unknown;  // on the server alone
  UidSet matched;  // on both sides
};

// Of the UIDs [first, next). The mailbox is open.
Task<Result<Difference>> compare_folder(Connection& connection, KnownItems known, Compared compared,
                                        Uid first, Uid next);

// A known item with the flags that the server reports for it now.
Item with_flags(KnownItem known, const std::vector<std::string>& wire_flags);

}  // namespace hermod::imap
