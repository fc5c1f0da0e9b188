// Collections: an account's folders and labels as the provider lists them, and how far each is synced.
#pragma once

#include "core/store/change_log.hpp"
#include "hermod/model.hpp"

namespace hermod::store {

// What an unfinished action makes of a folder: collections.standing.
enum class FolderStanding : std::int16_t { confirmed, leaving, arriving, renamed };

// A collection's place in the sync. The worker that holds the lease owns it; the row is its durable copy.
struct CollectionState {
  ids::ObjectId collection_id;
  Collection listed;          // as last listed
  SyncCursor cursor;
  bool live = false;          // its first snapshot is complete
  int generation = 1;
  bool in_snapshot = true;
  std::string synced_token;
  std::int64_t done = 0, total = 0;
  std::string reason;         // JSON, why the server does not let us in; empty: it does
};

// A collection is removed when this many complete listings in a row lack it.
inline constexpr int missing_listings_max = 2;

struct ListingChange {
  std::vector<CollectionState> collections;     // all that are there now
  std::size_t orphaned = 0;                     // messages that lost their last placement
};

Result<std::vector<CollectionState>> load_collections(Connection& connection, const ids::ObjectId& account_id);

// Takes a complete listing up: makes, changes, renames and removes collections. An empty listing removes nothing.
Result<ListingChange> apply_listing(Connection& connection, const AccountEpoch& account,
                                    const std::vector<Collection>& listing, std::int64_t round);

// The reason, or with an empty one that there is none any more. On success `state` has it.
Status set_reason(Connection& connection, const AccountEpoch& account, CollectionState& state, const std::string& reason);

// A snapshot begins: the cursor is dropped, the generation rises.
Status begin_snapshot(Connection& connection, const AccountEpoch& account, CollectionState& state);

}  // namespace hermod::store
