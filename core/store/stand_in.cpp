#include "core/store/stand_in.hpp"

namespace hermod::store {

std::string stand_in_identity(const ids::ObjectId& collection_id, const Item& item, StandInHope hope) {
  std::string identity(1, static_cast<char>(hope));
  identity.append(collection_id.bytes.begin(), collection_id.bytes.end()).append(item.remote_id.bytes);
  if (!item.object_key.empty()) identity.append(1, '\0').append(item.object_key);
  return identity;
}

Result<std::vector<StandIn>> stand_ins(Connection& connection, const ids::ObjectId& account_id, const std::string& after,
                                       int limit) {
  auto rows = connection.query(
      "SELECT p.collection_id, m.identity, p.remote_id, m.mid, m.size, p.received_at, p.flags, p.keywords, p.version,"
      " t.provider_thread FROM messages m JOIN placements p ON p.account_id = $1 AND p.message_id = m.message_id AND"
      " p.standing = 0 LEFT JOIN threads t ON t.account_id = $1 AND t.thread_id = m.thread_id WHERE m.account_id = $1 AND"
      " m.identity > $2 AND m.identity < 'q' ORDER BY m.identity LIMIT $3",
      account_id, Bytes{after.empty() ? std::string_view("p") : std::string_view(after)}, limit);
  if (!rows) return std::move(rows).error();
  std::vector<StandIn> found;
  for (int row = 0; row < rows->size(); ++row) {
    StandIn stand_in{rows->id(row, 0), rows->bytes(row, 1), {}};
    Item& item = stand_in.item;
    item.remote_id.bytes = rows->bytes(row, 2);
    const std::size_t key = 1 + stand_in.collection_id.bytes.size() + item.remote_id.bytes.size() + 1;
    if (stand_in.identity.size() > key) item.object_key = stand_in.identity.substr(key);
    item.message_id = rows->text(row, 3);
    item.size = static_cast<std::uint64_t>(rows->integer(row, 4));
    item.received_at = rows->integer(row, 5);
    item.flags = {static_cast<std::uint16_t>(rows->integer(row, 6))};
    item.keywords = rows->texts(row, 7);
    item.version.bytes = rows->bytes(row, 8);
    item.provider_thread = rows->bytes(row, 9);
    found.push_back(std::move(stand_in));
  }
  return found;
}

Result<std::vector<ids::ObjectId>> stand_ins_among(Connection& connection, const ids::ObjectId& account_id,
                                                   const std::vector<ids::ObjectId>& message_ids) {
  std::vector<ids::ObjectId> found;
  if (message_ids.empty()) return found;
  auto rows = connection.query(
      "SELECT message_id FROM messages WHERE account_id = $1 AND message_id = ANY($2::uuid[]) AND substr(identity, 1, 1) IN"
      " ('p'::bytea, 'n'::bytea)",
      account_id, message_ids);
  if (!rows) return std::move(rows).error();
  for (int row = 0; row < rows->size(); ++row) found.push_back(rows->id(row, 0));
  return found;
}

}  // namespace hermod::store
