// Erases the data of deleted grants, in batches, so that no long transaction blocks others.
#pragma once

#include "core/store/database.hpp"

namespace hermod::store {

// At most `limit`, without `passed_over`.
Result<std::vector<ids::ObjectId>> deleted_grants(Connection& connection, int limit,
                                                  const std::vector<ids::ObjectId>& passed_over = {});

// Erases one batch; true when nothing is left but the grant's row. Its blobs are the caller's to erase, then
// forget_grant().
Result<bool> erase_batch(Connection& connection, const ids::ObjectId& account_id);
Status forget_grant(Connection& connection, const ids::ObjectId& account_id);

}  // namespace hermod::store
