#include "core/store/lease_store.hpp"

#include "core/durability/durable_step.hpp"

namespace hermod::store {

namespace {

// Accounts that are to be synced: not deleted, credentials not known to be wrong, not stopped, not paused.
const std::string wanted = " g.deleted_at IS NULL AND g.grant_status = 'valid' AND g.sync_phase <> 'stopped' AND NOT g.paused";

std::vector<Lease> leases_of(const Rows& rows) {
  std::vector<Lease> leases;
  for (int row = 0; row < rows.size(); ++row) {
    leases.push_back({{rows.id(row, 0), rows.integer(row, 1)}, rows.integer(row, 2)});
  }
  return leases;
}

}  // namespace

Result<std::vector<Lease>> acquire_leases(Connection& connection, const ids::ObjectId& worker_id, int lease_seconds,
                                          int limit) {
  auto rows = connection.query(
      "WITH free AS (SELECT l.account_id FROM leases l JOIN grants g USING (account_id) WHERE (l.expires_at < now() OR"
      " l.expires_at > now() + make_interval(secs => $4)) AND" +
          wanted +
          " ORDER BY g.updated_at DESC LIMIT $3 FOR UPDATE OF l SKIP LOCKED),"
          " taken AS (UPDATE leases l SET worker_id = $1, epoch = l.epoch + 1, expires_at = now() + make_interval(secs =>"
          " $2) FROM free WHERE l.account_id = free.account_id RETURNING l.account_id, l.epoch),"
          " clocks AS (UPDATE account_clock c SET epoch = taken.epoch FROM taken WHERE c.account_id = taken.account_id"
          " RETURNING c.account_id)"
          " SELECT taken.account_id, taken.epoch, g.settings_revision FROM taken JOIN clocks USING (account_id) JOIN"
          " grants g USING (account_id) ORDER BY g.updated_at DESC",
      worker_id, lease_seconds, limit, lease_seconds_max);
  if (!rows) return std::move(rows).error();
  if (!rows->empty()) durability::passed(durability::DurableStep::lease_taken);
  return leases_of(*rows);
}

Result<std::vector<Lease>> renew_leases(Connection& connection, const ids::ObjectId& worker_id, int lease_seconds) {
  auto rows = connection.query(
      "UPDATE leases l SET expires_at = now() + make_interval(secs => $2) FROM grants g WHERE l.worker_id = $1 AND"
      " g.account_id = l.account_id AND l.expires_at > now() AND" +
          wanted + " RETURNING l.account_id, l.epoch, g.settings_revision",
      worker_id, lease_seconds);
  if (!rows) return std::move(rows).error();
  return leases_of(*rows);
}

Status release_lease(Connection& connection, const ids::ObjectId& worker_id, const AccountEpoch& account) {
  auto rows = connection.query(
      "UPDATE leases SET worker_id = NULL, expires_at = '-infinity' WHERE account_id = $2 AND worker_id = $1 AND epoch = $3",
      worker_id, account.account_id, account.epoch);
  if (!rows) return std::move(rows).error();
  durability::passed(durability::DurableStep::lease_released);
  return ok();
}

Status release_leases(Connection& connection, const ids::ObjectId& worker_id) {
  auto rows = connection.query("UPDATE leases SET worker_id = NULL, expires_at = '-infinity' WHERE worker_id = $1", worker_id);
  if (!rows) return std::move(rows).error();
  durability::passed(durability::DurableStep::lease_released);
  return ok();
}

}  // namespace hermod::store
