#include "core/store/erase.hpp"

#include "core/durability/durable_step.hpp"

namespace hermod::store {

namespace {

constexpr int rows_at_once = 5000;
// The change log stays until it is trimmed: it holds ids alone, and its readers have yet to learn of the end.
constexpr const char* big_tables[] = {"message_search", "message_bodies", "placements", "messages",
                                      "threads",        "thread_keys",    "actions",
                                      "action_objects", "action_bytes",   "draft_versions",
                                      "uploads"};
constexpr const char* small_tables[] = {"collections",   "secrets",  "plugin_state",  "leases",
                                        "account_clock", "requests", "search_results"};

}  // namespace

Result<std::vector<ids::ObjectId>> deleted_grants(Connection& connection, int limit,
                                                  const std::vector<ids::ObjectId>& passed_over) {
  // Not while a worker still holds its lease, nor before the end of its log has a position: only with the grant's row
  // the sequencer knows whose it is.
  auto rows = connection.query(
      "SELECT g.account_id FROM grants g LEFT JOIN leases l USING (account_id) WHERE g.deleted_at IS NOT NULL AND"
      " (l.account_id IS NULL OR l.expires_at < now()) AND g.account_id <> ALL($2::uuid[]) AND NOT EXISTS (SELECT FROM"
      " change_log c WHERE c.account_id = g.account_id AND c.position IS NULL) LIMIT $1",
      limit, passed_over);
  if (!rows) return std::move(rows).error();
  std::vector<ids::ObjectId> accounts;
  for (int row = 0; row < rows->size(); ++row) accounts.push_back(rows->id(row, 0));
  return accounts;
}

Result<bool> erase_batch(Connection& connection, const ids::ObjectId& account_id) {
  for (const char* table : big_tables) {
    auto erased = connection.query(std::string("DELETE FROM ") + table +
                                       " WHERE account_id = $1 AND ctid = ANY(ARRAY(SELECT ctid FROM " + table +
                                       " WHERE account_id = $1 LIMIT $2))",
                                   account_id, rows_at_once);
    if (!erased) return std::move(erased).error();
    if (erased->affected() == 0) continue;
    durability::passed(durability::DurableStep::rows_erased);
    return false;
  }
  return true;
}

Status forget_grant(Connection& connection, const ids::ObjectId& account_id) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  for (const char* table : small_tables) {
    auto erased = connection.query(std::string("DELETE FROM ") + table + " WHERE account_id = $1", account_id);
    if (!erased) return std::move(erased).error();
  }
  auto erased = connection.query("DELETE FROM grants WHERE account_id = $1 AND deleted_at IS NOT NULL", account_id);
  if (!erased) return std::move(erased).error();
  if (Status committed = transaction->commit(); !committed) return committed;
  durability::passed(durability::DurableStep::grant_forgotten);
  return ok();
}

}  // namespace hermod::store
