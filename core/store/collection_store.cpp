#include "core/store/collection_store.hpp"

#include "core/actions/action.hpp"
#include "core/durability/durable_step.hpp"
#include "core/store/effective_state.hpp"

#include <unordered_map>
#include <unordered_set>

namespace hermod::store {

namespace {

const std::string columns =
    "collection_id, remote_id, parent_remote_id, through_remote_id, name, path, kind, role, role_source, rights, cursor,"
    " phase, generation, in_snapshot, synced_token, done, total, missing_listings, standing, role_override, reason";

struct StoredCollection {
  CollectionState state;
  int missing_listings = 0;
  FolderStanding standing = FolderStanding::confirmed;
  std::optional<Role> role_override;  // what the application says
};

using StoredCollections = std::unordered_map<std::string, StoredCollection>;

StoredCollection stored_of(const Rows& rows, int row) {
  StoredCollection stored;
  CollectionState& state = stored.state;
  state.collection_id = rows.id(row, 0);
  state.listed.remote_id.bytes = rows.bytes(row, 1);
  state.listed.parent.bytes = rows.bytes(row, 2);
  state.listed.through.bytes = rows.bytes(row, 3);
  state.listed.name = rows.text(row, 4);
  state.listed.path = rows.text(row, 5);
  state.listed.kind = static_cast<CollectionKind>(rows.integer(row, 6));
  state.listed.role = static_cast<Role>(rows.integer(row, 7));
  state.listed.role_source = static_cast<RoleSource>(rows.integer(row, 8));
  state.listed.rights.bits = static_cast<std::uint8_t>(rows.integer(row, 9));
  state.cursor.bytes = rows.bytes(row, 10);
  state.live = rows.text(row, 11) == "live";
  state.generation = static_cast<int>(rows.integer(row, 12));
  state.in_snapshot = rows.boolean(row, 13);
  state.synced_token = rows.text(row, 14);
  state.done = rows.integer(row, 15);
  state.total = rows.integer(row, 16);
  stored.missing_listings = static_cast<int>(rows.integer(row, 17));
  stored.standing = static_cast<FolderStanding>(rows.integer(row, 18));
  if (!rows.is_null(row, 19)) stored.role_override = static_cast<Role>(rows.integer(row, 19));
  state.reason = rows.text(row, 20);
  return stored;
}

enum class Lock : std::uint8_t { none, rows };  // by id

Result<StoredCollections> load(Connection& connection, const ids::ObjectId& account_id, Lock lock) {
  const char* locking = lock == Lock::rows ? " ORDER BY collection_id FOR UPDATE" : "";
  auto rows = connection.query("SELECT " + columns + " FROM collections WHERE account_id = $1" + locking, account_id);
  if (!rows) return std::move(rows).error();
  StoredCollections stored;
  for (int row = 0; row < rows->size(); ++row) {
    StoredCollection one = stored_of(*rows, row);
    std::string remote_id = one.state.listed.remote_id.bytes;
    stored.emplace(std::move(remote_id), std::move(one));
  }
  return stored;
}

std::int32_t difference(const Collection& before, const Collection& after) {
  std::int32_t fields = 0;
  if (before.name != after.name || before.path != after.path) fields |= bit(ChangedField::name);
  if (before.parent != after.parent) fields |= bit(ChangedField::parent);
  if (before.role != after.role) fields |= bit(ChangedField::role);
  return fields;
}

// A listed collection that is not held, whose change token is that of exactly one held collection that is not listed
// any more, is that collection under another name: it is filed under its new remote id.
void follow_renames(const std::vector<Collection>& listing, StoredCollections& stored) {
  std::unordered_map<std::string, std::vector<std::string>> missing, fresh;  // token → remote ids
  std::unordered_set<std::string> listed;
  for (const Collection& collection : listing) listed.insert(collection.remote_id.bytes);
  for (const auto& [remote_id, one] : stored) {
    if (!listed.contains(remote_id) && !one.state.synced_token.empty()) missing[one.state.synced_token].push_back(remote_id);
  }
  for (const Collection& collection : listing) {
    if (!stored.contains(collection.remote_id.bytes)) fresh[collection.change_token].push_back(collection.remote_id.bytes);
  }
  for (const auto& [token, remote_ids] : missing) {
    auto found = fresh.find(token);
    if (found == fresh.end() || found->second.size() != 1 || remote_ids.size() != 1) continue;
    auto node = stored.extract(remote_ids.front());
    node.key() = found->second.front();
    stored.insert(std::move(node));
  }
}

// The place that the oldest unfinished action of each folder gives it.
struct GivenPlace {
  std::string parent, name;  // as a listing has them
};
using GivenPlaces = std::unordered_map<ids::ObjectId, GivenPlace>;

Result<GivenPlaces> places_under_way(Connection& connection, const ids::ObjectId& account_id) {
  auto rows = connection.query(
      "SELECT DISTINCT ON (a.target) a.target, coalesce(p.remote_id, ''), a.name FROM actions a LEFT JOIN collections p ON"
      " p.account_id = $1 AND p.collection_id = a.parent WHERE a.account_id = $1 AND a.kind = ANY($2::smallint[]) AND"
      " a.finished_at IS NULL ORDER BY a.target, a.position",
      account_id,
      std::vector<std::int64_t>{static_cast<std::int64_t>(actions::ActionKind::folder_create),
                                static_cast<std::int64_t>(actions::ActionKind::folder_update)});
  if (!rows) return std::move(rows).error();
  GivenPlaces places;
  for (int row = 0; row < rows->size(); ++row)
    places.emplace(rows->id(row, 0), GivenPlace{rows->bytes(row, 1), std::string(rows->text(row, 2))});
  return places;
}

// A listed collection that is not held and is where an action puts a held one, which is not listed itself, is that one:
// the provider has done it, and nobody could say so. Another action may have given it one more name since.
void follow_actions(const std::vector<Collection>& listing, const GivenPlaces& places, StoredCollections& stored) {
  std::unordered_set<std::string> listed;
  for (const Collection& collection : listing) listed.insert(collection.remote_id.bytes);
  for (const Collection& collection : listing) {
    if (stored.contains(collection.remote_id.bytes)) continue;
    const auto made = std::find_if(stored.begin(), stored.end(), [&](const auto& one) {
      if (one.second.standing < FolderStanding::arriving || listed.contains(one.first)) return false;
      if (one.second.state.listed.path == collection.path) return true;
      const auto given = places.find(one.second.state.collection_id);
      return given != places.end() && given->second.parent == collection.parent.bytes &&
             given->second.name == collection.name;
    });
    if (made == stored.end()) continue;
    auto node = stored.extract(made);
    node.key() = collection.remote_id.bytes;
    const bool as_wanted = node.mapped().state.listed.path == collection.path;
    node.mapped().standing = as_wanted ? FolderStanding::confirmed : FolderStanding::renamed;
    stored.insert(std::move(node));
  }
}

class Listing {
 public:
  Listing(Connection& connection, const AccountEpoch& account, std::int64_t round)
      : connection_(connection), account_(account), round_(round) {}

  Status take(Collection listed, StoredCollection* stored) {
    CollectionState state;
    if (stored != nullptr) state = stored->state;
    // A folder that was deleted, and stays as a container of others.
    const bool emptied = state.listed.rights.has(Right::read) && !listed.rights.has(Right::read);
    if (emptied && stored->missing_listings + 1 < missing_listings_max) return count_missing(*stored);
    if (emptied) {
      if (Status forgotten = forget_content(state); !forgotten) return forgotten;
    }
    if (stored != nullptr && stored->role_override) listed.role = *stored->role_override;
    if (stored != nullptr && stored->standing == FolderStanding::renamed) {  // as an action will have it
      listed.name = state.listed.name;
      listed.path = state.listed.path;
      listed.parent = state.listed.parent;
    }
    std::int32_t fields = stored != nullptr ? difference(state.listed, listed) : 0;
    if (emptied) fields |= bit(ChangedField::status);
    const bool write = stored == nullptr || fields != 0 || stored->missing_listings != 0 ||
                       state.listed.remote_id != listed.remote_id || state.listed.rights != listed.rights || state.listed.through != listed.through ||
                       state.listed.role_source != listed.role_source ||
                       (!state.live && listed.total && static_cast<std::int64_t>(*listed.total) != state.total);
    if (stored == nullptr) {
      state.collection_id = ids::new_object_id();
      changes_.push_back({ObjectType::folder, ChangeType::created, state.collection_id, 0});
    } else if (fields != 0) {
      tell(ChangeType::updated, *stored, fields);
    }
    state.listed = listed;
    if (!state.live && listed.total) state.total = static_cast<std::int64_t>(*listed.total);
    result_.collections.push_back(state);
    return write ? upsert(state, stored != nullptr ? stored->standing : FolderStanding::confirmed) : ok();
  }

  Status miss(const StoredCollection& stored) {
    if (is_arriving_remote_id(stored.state.listed.remote_id.bytes)) return ok();
    if (stored.missing_listings + 1 < missing_listings_max) return count_missing(stored);
    const ids::ObjectId& collection_id = stored.state.collection_id;
    if (Status left = leave(collection_id); !left) return left;
    auto removed = connection_.query("DELETE FROM collections WHERE account_id = $1 AND collection_id = $2",
                                     account_.account_id, collection_id);
    if (!removed) return std::move(removed).error();
    tell(ChangeType::deleted, stored, 0);
    return ok();
  }

  // What lay in that folder: elsewhere too, it follows from the placements that are left; else it is an orphan.
  Status leave(const ids::ObjectId& collection_id) {
    auto rows = connection_.query(
        "SELECT DISTINCT message_id FROM placements WHERE account_id = $1 AND collection_id = $2", account_.account_id,
        collection_id);
    if (!rows) return std::move(rows).error();
    std::vector<ids::ObjectId> message_ids;
    for (int row = 0; row < rows->size(); ++row) message_ids.push_back(rows->id(row, 0));
    EffectiveState held(connection_, account_.account_id);
    if (Status locked = held.lock(message_ids); !locked) return locked;
    auto gone = connection_.query("DELETE FROM placements WHERE account_id = $1 AND collection_id = $2", account_.account_id,
                                  collection_id);
    if (!gone) return std::move(gone).error();
    if (Status settled = held.settle(round_, changes_, changed_threads_); !settled) return settled;
    result_.orphaned += held.orphaned();
    return held.write_counts();
  }

  Result<ListingChange> finish() {
    append_threads(changes_, changed_threads_);
    auto logged = append_changes(connection_, account_, changes_, History::live);
    if (!logged) return std::move(logged).error();
    return std::move(result_);
  }

 private:
  Status count_missing(const StoredCollection& stored) {
    result_.collections.push_back(stored.state);
    auto counted = connection_.query(
        "UPDATE collections SET missing_listings = missing_listings + 1 WHERE account_id = $1 AND collection_id = $2",
        account_.account_id, stored.state.collection_id);
    if (!counted) return std::move(counted).error();
    return ok();
  }

  Status forget_content(CollectionState& state) {
    if (Status left = leave(state.collection_id); !left) return left;
    auto forgotten = connection_.query(
        "UPDATE collections SET cursor = '', phase = 'initial', in_snapshot = true, synced_token = '', done = 0, reason = NULL"
        " WHERE account_id = $1 AND collection_id = $2",
        account_.account_id, state.collection_id);
    if (!forgotten) return std::move(forgotten).error();
    state.cursor = {};
    state.live = false;
    state.in_snapshot = true;
    state.synced_token.clear();
    state.reason.clear();
    state.done = state.total = 0;
    return ok();
  }

  // One that an action deletes was told as deleted then.
  void tell(ChangeType type, const StoredCollection& stored, std::int32_t fields) {
    if (stored.standing != FolderStanding::leaving) changes_.push_back({ObjectType::folder, type, stored.state.collection_id, fields});
  }

  Status upsert(const CollectionState& state, FolderStanding standing) {
    const Collection& listed = state.listed;
    auto written = connection_.query(
        "INSERT INTO collections (account_id, collection_id, remote_id, parent_remote_id, through_remote_id, name, path,"
        " kind, role, role_source, rights, total, standing) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT"
        " (account_id, collection_id) DO UPDATE SET remote_id = excluded.remote_id, parent_remote_id = excluded.parent_remote_id, through_remote_id ="
        " excluded.through_remote_id, name = excluded.name, path = excluded.path, kind = excluded.kind, role ="
        " excluded.role, role_source = excluded.role_source, rights = excluded.rights, total = excluded.total,"
        " missing_listings = 0, standing = excluded.standing",
        account_.account_id, state.collection_id, Bytes{listed.remote_id.bytes}, Bytes{listed.parent.bytes},
        Bytes{listed.through.bytes}, listed.name, listed.path, static_cast<int>(listed.kind),
        static_cast<int>(listed.role), static_cast<int>(listed.role_source), static_cast<int>(listed.rights.bits),
        state.total, static_cast<int>(standing));
    if (!written) return std::move(written).error();
    return ok();
  }

  Connection& connection_;
  const AccountEpoch& account_;
  std::int64_t round_;
  ListingChange result_;
  std::vector<Change> changes_;
  ThreadChanges changed_threads_;
};

}  // namespace

Result<std::vector<CollectionState>> load_collections(Connection& connection, const ids::ObjectId& account_id) {
  auto stored = load(connection, account_id, Lock::none);
  if (!stored) return std::move(stored).error();
  std::vector<CollectionState> states;
  for (auto& [remote_id, one] : *stored) {
    if (!is_arriving_remote_id(remote_id)) states.push_back(std::move(one.state));
  }
  return states;
}

Result<ListingChange> apply_listing(Connection& connection, const AccountEpoch& account,
                                    const std::vector<Collection>& listing, std::int64_t round) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  auto stored = load(connection, account.account_id, Lock::rows);
  if (!stored) return std::move(stored).error();
  auto places = places_under_way(connection, account.account_id);
  if (!places) return std::move(places).error();
  follow_actions(listing, *places, *stored);
  follow_renames(listing, *stored);
  Listing taken(connection, account, round);
  for (const Collection& listed : listing) {
    auto found = stored->find(listed.remote_id.bytes);
    Status done = taken.take(listed, found != stored->end() ? &found->second : nullptr);
    if (!done) return std::move(done).error();
    if (found != stored->end()) stored->erase(found);
  }
  for (const auto& [remote_id, missing] : *stored) {
    // An empty listing is a server in trouble, not a mailbox without folders.
    Status done = listing.empty() ? taken.take(missing.state.listed, &stored->at(remote_id)) : taken.miss(missing);
    if (!done) return std::move(done).error();
  }
  auto result = taken.finish();
  if (!result) return result;
  if (Status committed = transaction->commit(); !committed) return std::move(committed).error();
  durability::passed(durability::DurableStep::listing_committed);
  return result;
}

Status set_reason(Connection& connection, const AccountEpoch& account, CollectionState& state, const std::string& reason) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  auto updated = connection.query(
      "UPDATE collections SET reason = nullif($3, '')::json WHERE account_id = $1 AND collection_id = $2 RETURNING standing",
      account.account_id, state.collection_id, reason);
  if (!updated) return std::move(updated).error();
  std::vector<Change> changes;
  if (!updated->empty() && static_cast<FolderStanding>(updated->integer(0, 0)) != FolderStanding::leaving)
    changes.push_back({ObjectType::folder, ChangeType::updated, state.collection_id, bit(ChangedField::status)});
  auto logged = append_changes(connection, account, changes, History::live);
  if (!logged) return std::move(logged).error();
  if (Status committed = transaction->commit(); !committed) return committed;
  state.reason = reason;
  return ok();
}

Status begin_snapshot(Connection& connection, const AccountEpoch& account, CollectionState& state) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  auto updated = connection.query(
      "UPDATE collections SET cursor = '', generation = generation + 1, in_snapshot = true, synced_token = '', done = 0"
      " WHERE account_id = $1 AND collection_id = $2 RETURNING generation",
      account.account_id, state.collection_id);
  if (!updated) return std::move(updated).error();
  if (updated->empty()) {
    return Error{ErrorKind::not_found, ErrorScope::collection, Retry::never(), "the collection was removed", {}, {}, {}};
  }
  auto checked = append_changes(connection, account, {}, History::live);
  if (!checked) return std::move(checked).error();
  if (Status committed = transaction->commit(); !committed) return committed;
  durability::passed(durability::DurableStep::snapshot_begun);
  state.cursor = {};
  state.generation = static_cast<int>(updated->integer(0, 0));
  state.in_snapshot = true;
  state.synced_token.clear();
  state.done = 0;
  return ok();
}

}  // namespace hermod::store
