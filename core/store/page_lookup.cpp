#include "core/store/page_lookup.hpp"

#include <algorithm>

#include "core/threading/thread_key.hpp"

namespace hermod::store {

namespace {

std::vector<Bytes> as_parameters(const std::vector<std::string_view>& values) {
  std::vector<Bytes> parameters;
  parameters.reserve(values.size());
  for (const std::string_view value : values) parameters.push_back({value});
  return parameters;
}

FlagSet flags_of(const Rows& rows, int row, int column) { return {static_cast<std::uint16_t>(rows.integer(row, column))}; }

constexpr int subject_candidates_max = 1000;

Status look_up_subjects(Connection& connection, const ids::ObjectId& account_id,
                        const std::vector<const threading::ThreadedMessage*>& messages,
                        threading::ThreadPlanner& planner) {
  std::vector<std::int64_t> subject_keys;
  std::int64_t earliest = INT64_MAX;
  std::int64_t latest = INT64_MIN;
  for (const threading::ThreadedMessage* message : messages) {
    if (!message->subject_key || !message->provider_thread.empty()) continue;
    // A reply that names no parent looks for anything of that subject, anything else for such replies.
    subject_keys.push_back(-std::abs(*message->subject_key));
    if (*message->subject_key < 0) subject_keys.push_back(-*message->subject_key);
    earliest = std::min(earliest, message->received_at);
    latest = std::max(latest, message->received_at);
  }
  if (subject_keys.empty()) return ok();
  auto rows = connection.query(
      "SELECT m.thread_id, m.subject_key, m.received_at, (SELECT array_agg(lower(a->>'email')) FROM (SELECT"
      " json_array_elements(m.from_) a UNION ALL SELECT json_array_elements(m.to_) UNION ALL SELECT"
      " json_array_elements(m.cc) LIMIT $6) x WHERE a->>'email' IS NOT NULL) FROM messages m WHERE m.account_id = $1 AND"
      " m.subject_key = ANY($2::bigint[]) AND m.received_at BETWEEN $3 AND $4 ORDER BY m.received_at DESC LIMIT $5",
      account_id, subject_keys, earliest - threading::subject_window_seconds, latest + threading::subject_window_seconds,
      subject_candidates_max, threading::participants_max);
  if (!rows) return std::move(rows).error();
  for (int row = 0; row < rows->size(); ++row) {
    planner.know_subject({rows->id(row, 0), rows->integer(row, 1), rows->integer(row, 2), rows->texts(row, 3)});
  }
  return ok();
}

}  // namespace

Result<std::unordered_map<std::string, HeldPlacement>> find_placements(Connection& connection,
                                                                       const ids::ObjectId& account_id,
                                                                       const ids::ObjectId& collection_id,
                                                                       const std::vector<std::string_view>& remote_ids) {
  std::unordered_map<std::string, HeldPlacement> held;
  if (remote_ids.empty()) return held;
  auto rows = connection.query(
      "SELECT remote_id, message_id, flags, keywords, version FROM placements WHERE account_id = $1 AND"
      " collection_id = $2 AND remote_id = ANY($3::bytea[])",
      account_id, collection_id, as_parameters(remote_ids));
  if (!rows) return std::move(rows).error();
  for (int row = 0; row < rows->size(); ++row) {
    held.emplace(rows->bytes(row, 0), HeldPlacement{rows->id(row, 1), flags_of(*rows, row, 2), rows->texts(row, 3),
                                                    rows->bytes(row, 4)});
  }
  return held;
}

Result<std::unordered_map<std::string, ids::ObjectId>> find_messages(Connection& connection,
                                                                     const ids::ObjectId& account_id,
                                                                     const std::vector<std::string_view>& identities) {
  std::unordered_map<std::string, ids::ObjectId> held;
  if (identities.empty()) return held;
  // A draft's new version has come before its action was confirmed: the message has the older one's identity yet.
  std::vector<std::string_view> hashes;
  for (const std::string_view identity : identities) {
    if (identity.starts_with('h')) hashes.push_back(identity.substr(1));
  }
  auto rows = connection.query(
      "SELECT identity, message_id FROM messages WHERE account_id = $1 AND identity = ANY($2::bytea[]) UNION ALL SELECT"
      " 'h'::bytea || raw_hash, message_id FROM draft_versions WHERE account_id = $1 AND raw_hash = ANY($3::bytea[])",
      account_id, as_parameters(identities), as_parameters(hashes));
  if (!rows) return std::move(rows).error();
  for (int row = 0; row < rows->size(); ++row) held.emplace(rows->bytes(row, 0), rows->id(row, 1));
  return held;
}

Result<std::vector<std::optional<ids::ObjectId>>> find_placed(Connection& connection, const ids::ObjectId& account_id,
                                                              const std::vector<FoundItem>& places) {
  std::vector<std::optional<ids::ObjectId>> messages(places.size());
  if (places.empty()) return messages;
  std::vector<Bytes> collections, remote_ids;
  for (const FoundItem& place : places) {
    collections.push_back({place.collection.bytes});
    remote_ids.push_back({place.remote_id.bytes});
  }
  auto rows = connection.query(
      "SELECT w.n, p.message_id FROM unnest($2::bytea[], $3::bytea[]) WITH ORDINALITY w(collection, remote_id, n) JOIN"
      " collections c ON c.account_id = $1 AND c.remote_id = w.collection JOIN placements p ON p.account_id = $1 AND"
      " p.collection_id = c.collection_id AND p.remote_id = w.remote_id",
      account_id, collections, remote_ids);
  if (!rows) return std::move(rows).error();
  for (int row = 0; row < rows->size(); ++row) {
    messages[static_cast<std::size_t>(rows->integer(row, 0) - 1)] = rows->id(row, 1);
  }
  return messages;
}

Status look_up_threads(Connection& connection, const ids::ObjectId& account_id,
                       const std::vector<const threading::ThreadedMessage*>& messages,
                       threading::ThreadPlanner& planner) {
  std::vector<ids::ObjectId> keys;
  std::vector<Bytes> provider_threads;
  for (const threading::ThreadedMessage* message : messages) {
    if (!message->provider_thread.empty()) {
      provider_threads.push_back({message->provider_thread});
      continue;
    }
    if (message->mid_key) keys.push_back(*message->mid_key);
    keys.insert(keys.end(), message->reference_keys.begin(), message->reference_keys.end());
  }
  if (!provider_threads.empty()) {
    auto rows = connection.query(
        "SELECT provider_thread, thread_id FROM threads WHERE account_id = $1 AND provider_thread = ANY($2::bytea[])",
        account_id, provider_threads);
    if (!rows) return std::move(rows).error();
    for (int row = 0; row < rows->size(); ++row) planner.know_provider_thread(rows->bytes(row, 0), rows->id(row, 1));
  }
  if (!keys.empty()) {
    auto rows = connection.query(
        "SELECT mid_key, thread_id FROM messages WHERE account_id = $1 AND mid_key = ANY($2::uuid[]) UNION ALL SELECT"
        " mid_key, thread_id FROM thread_keys WHERE account_id = $1 AND mid_key = ANY($2::uuid[])",
        account_id, keys);
    if (!rows) return std::move(rows).error();
    for (int row = 0; row < rows->size(); ++row) planner.know_key(rows->id(row, 0), rows->id(row, 1));
  }
  return look_up_subjects(connection, account_id, messages, planner);
}

Result<std::vector<KnownItem>> known_items(Connection& connection, const ids::ObjectId& account_id,
                                           const CollectionRemoteId& collection, const RemoteId& after,
                                           std::size_t items_max) {
  auto rows = connection.query(
      "SELECT p.remote_id, p.version, p.flags, p.keywords, m.identity, m.mid, m.size, p.received_at FROM collections c"
      " JOIN placements p ON p.account_id = $1 AND p.collection_id = c.collection_id JOIN messages m ON m.account_id = $1"
      " AND m.message_id = p.message_id WHERE c.account_id = $1 AND c.remote_id = $2 AND p.remote_id > $3 AND p.standing <> 2 ORDER BY"
      " p.remote_id LIMIT $4",
      account_id, Bytes{collection.bytes}, Bytes{after.bytes},
      static_cast<std::int64_t>(std::min(items_max, Known::page_items_max)));
  if (!rows) return std::move(rows).error();
  std::vector<KnownItem> items;
  items.reserve(static_cast<std::size_t>(rows->size()));
  for (int row = 0; row < rows->size(); ++row) {
    KnownItem item;
    item.remote_id.bytes = rows->bytes(row, 0);
    item.version.bytes = rows->bytes(row, 1);
    item.flags = flags_of(*rows, row, 2);
    item.keywords = rows->texts(row, 3);
    if (const std::string identity = rows->bytes(row, 4); identity.starts_with('o')) item.object_key = identity.substr(1);
    item.message_id = rows->text(row, 5);
    item.size = static_cast<std::uint64_t>(rows->integer(row, 6));
    item.received_at = rows->integer(row, 7);
    items.push_back(std::move(item));
  }
  return items;
}

Result<std::vector<std::optional<FoundItem>>> find_known(Connection& connection, const ids::ObjectId& account_id,
                                                         const std::vector<ItemKeys>& keys) {
  std::vector<std::optional<FoundItem>> found(keys.size());
  std::vector<std::string> identities;
  std::vector<std::string> mids;
  std::vector<std::int64_t> sizes, times;
  for (const ItemKeys& key : keys) {
    identities.push_back("o" + key.object_key);
    mids.push_back(key.message_id);
    sizes.push_back(static_cast<std::int64_t>(key.size));
    times.push_back(key.received_at);
  }
  std::vector<Bytes> identity_parameters;
  for (const std::string& identity : identities) identity_parameters.push_back({identity});
  // A Message-ID counts only where it, size and time name exactly one message, here and among the keys asked for.
  auto rows = connection.query(
      "WITH w AS (SELECT * FROM unnest($2::bytea[], $3::text[], $4::bigint[], $5::bigint[]) WITH ORDINALITY"
      " w(identity, mid, size, received_at, n)), hit AS (SELECT w.n, m.message_id FROM w JOIN messages m ON m.account_id ="
      " $1 AND m.identity = w.identity AND m.raw_hash IS NOT NULL WHERE w.identity <> 'o' UNION ALL (SELECT w.n, (array_agg(m.message_id))[1] FROM w"
      " JOIN messages m ON m.account_id = $1 AND m.mid_key = ANY($6::uuid[]) AND m.mid = w.mid AND m.size = w.size AND"
      " m.received_at = w.received_at AND m.raw_hash IS NOT NULL WHERE w.mid <> '' GROUP BY w.n HAVING count(*) = 1))"
      " SELECT DISTINCT ON (hit.n) hit.n, c.remote_id, p.remote_id FROM hit JOIN placements p ON p.account_id = $1 AND"
      " p.message_id = hit.message_id AND p.standing <> 2 JOIN collections c ON c.account_id = $1 AND c.collection_id = p.collection_id"
      " WHERE (SELECT count(*) FROM w a JOIN w b ON a.mid = b.mid AND a.size = b.size AND a.received_at = b.received_at"
      " WHERE a.n = hit.n AND a.identity = 'o' AND a.mid <> '') <= 1 ORDER BY hit.n",
      account_id, identity_parameters, mids, sizes, times, [&] {
        std::vector<ids::ObjectId> mid_keys;
        for (const ItemKeys& key : keys) {
          if (!key.message_id.empty()) mid_keys.push_back(threading::mid_key(key.message_id));
        }
        return mid_keys;
      }());
  if (!rows) return std::move(rows).error();
  for (int row = 0; row < rows->size(); ++row) {
    found[static_cast<std::size_t>(rows->integer(row, 0) - 1)] =
        FoundItem{{rows->bytes(row, 1)}, {rows->bytes(row, 2)}};
  }
  return found;
}

}  // namespace hermod::store
