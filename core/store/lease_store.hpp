// Leases: which worker syncs which account. One row an account; the epoch rises with every change of hands and is
// checked by the clock statement of every commit, so that a worker that lost its lease cannot write.
#pragma once

#include "core/store/change_log.hpp"

namespace hermod::store {

// No lease is given for longer (sync.lease_seconds). One that ends later was given before the database's clock went
// back, and counts as over: else the accounts of a worker that died would wait until that time comes again.
inline constexpr int lease_seconds_max = 600;

struct Lease {
  AccountEpoch account;
  std::int64_t settings_revision = 0;
};

// Takes up to `limit` accounts that nobody holds and that want syncing, most recently active first.
Result<std::vector<Lease>> acquire_leases(Connection& connection, const ids::ObjectId& worker_id, int lease_seconds,
                                          int limit);
// Prolongs those that the worker holds and gives them; one that is missing was lost, deleted or is not to be synced.
Result<std::vector<Lease>> renew_leases(Connection& connection, const ids::ObjectId& worker_id, int lease_seconds);
// Hands them back at once; one of an earlier epoch than the account has now is gone already.
Status release_lease(Connection& connection, const ids::ObjectId& worker_id, const AccountEpoch& account);
Status release_leases(Connection& connection, const ids::ObjectId& worker_id);

}  // namespace hermod::store
