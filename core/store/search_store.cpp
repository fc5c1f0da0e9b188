#include "core/store/search_store.hpp"

#include <algorithm>
#include <map>

#include "core/store/folder_query.hpp"

namespace hermod::store {

namespace {

constexpr std::size_t places_at_once = 10'000;

struct Placed {
  std::int64_t received_at;
  ids::ObjectId message_id;
  friend auto operator<=>(const Placed&, const Placed&) = default;  // the order of lists, upwards
};

Status look_up(Connection& connection, const ids::ObjectId& account_id, const std::string& collection,
               std::span<const std::string_view> remote_ids, std::vector<Placed>& placed) {
  std::vector<Bytes> wanted;
  for (const std::string_view remote_id : remote_ids) wanted.push_back({remote_id});
  auto rows = connection.query(
      "SELECT m.message_id, m.received_at FROM collections c JOIN placements p ON p.account_id = $1 AND "
      "p.collection_id ="
      " c.collection_id AND p.remote_id = ANY($3::bytea[]) JOIN messages m ON m.account_id = $1 AND "
      "m.message_id ="
      " p.message_id WHERE c.account_id = $1 AND c.remote_id = $2",
      account_id, Bytes{collection}, wanted);
  if (!rows) return std::move(rows).error();
  for (int row = 0; row < rows->size(); ++row) placed.push_back({rows->integer(row, 1), rows->id(row, 0)});
  return ok();
}

// Without those found twice, and without what is too old to be looked at.
void keep_newest(std::vector<Placed>& placed) {
  std::ranges::sort(placed, std::ranges::greater());
  placed.erase(std::unique(placed.begin(), placed.end()), placed.end());
  if (placed.size() > found_messages_max) placed.resize(found_messages_max);
}

}  // namespace

Result<std::vector<CollectionRemoteId>> searched_collections(Connection& connection,
                                                             const ids::ObjectId& account_id,
                                                             const std::vector<std::string>& folders) {
  Statement statement(account_id);
  statement
      << "SELECT DISTINCT f.remote_id FROM collections c JOIN collections f ON f.account_id = $1 AND "
         "f.remote_id ="
         " coalesce(nullif(c.through_remote_id, ''), c.remote_id) WHERE c.account_id = $1 AND c.kind <= 1 AND"
         " f.rights & "
      << std::to_string(static_cast<int>(Right::read)) << " <> 0";
  if (!folders.empty())
    statement << " AND c.collection_id = ANY(" << folders_named(statement, folders) << ")";
  auto rows = statement.run(connection);
  if (!rows) return std::move(rows).error();
  std::vector<CollectionRemoteId> collections;
  for (int row = 0; row < rows->size(); ++row) collections.push_back({rows->bytes(row, 0)});
  return collections;
}

Result<std::vector<ids::ObjectId>> newest_messages(Connection& connection, const ids::ObjectId& account_id,
                                                   const std::vector<FoundItem>& places) {
  std::map<std::string, std::vector<std::string_view>> by_collection;
  for (const FoundItem& place : places)
    by_collection[place.collection.bytes].push_back(place.remote_id.bytes);
  std::vector<Placed> placed;
  for (const auto& [collection, remote_ids] : by_collection) {
    for (std::size_t at = 0; at < remote_ids.size(); at += places_at_once) {
      const std::span piece =
          std::span(remote_ids).subspan(at, std::min(places_at_once, remote_ids.size() - at));
      if (Status done = look_up(connection, account_id, collection, piece, placed); !done)
        return std::move(done).error();
      keep_newest(placed);
    }
  }
  std::vector<ids::ObjectId> message_ids;
  for (const Placed& one : placed) message_ids.push_back(one.message_id);
  return message_ids;
}

Status keep_search_results(Connection& connection, const ids::ObjectId& account_id,
                           const ids::ObjectId& search_id, const std::vector<ids::ObjectId>& message_ids) {
  auto kept = connection.query(
      "INSERT INTO search_results (account_id, search_id, message_ids) VALUES ($1, $2, $3) ON CONFLICT "
      "(account_id,"
      " search_id) DO UPDATE SET message_ids = excluded.message_ids, kept_at = now()",
      account_id, search_id, message_ids);
  if (!kept) return std::move(kept).error();
  auto trimmed = connection.query(
      "DELETE FROM search_results WHERE account_id = $1 AND kept_at < (SELECT min(n.kept_at) FROM (SELECT "
      "kept_at FROM"
      " search_results WHERE account_id = $1 ORDER BY kept_at DESC LIMIT $2) n)",
      account_id, search_results_max);
  if (!trimmed) return std::move(trimmed).error();
  return ok();
}

Result<std::optional<std::vector<ids::ObjectId>>> kept_search_results(Connection& connection,
                                                                      const ids::ObjectId& account_id,
                                                                      const ids::ObjectId& search_id) {
  auto rows = connection.query(
      "SELECT message_ids FROM search_results WHERE account_id = $1 AND search_id = $2 AND kept_at > now() -"
      " make_interval(secs => $3)",
      account_id, search_id, search_results_seconds);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return std::optional<std::vector<ids::ObjectId>>();
  return std::optional(rows->ids(0, 0));
}

Status expire_search_results(Connection& connection) {
  auto expired = connection.query(
      "DELETE FROM search_results WHERE kept_at < now() - make_interval(secs => $1)", search_results_seconds);
  if (!expired) return std::move(expired).error();
  return ok();
}

}  // namespace hermod::store
