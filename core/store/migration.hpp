// Migrations: plain SQL files, append-only, applied in order under an advisory lock, each in a transaction.
#pragma once

#include "core/store/database.hpp"

namespace hermod::store {

struct MigrationReport {
  int from = 0, to = 0;
};

// Brings the schema to the newest version this program knows. Idempotent; waits while another process migrates.
// Error{unsupported} for a schema newer than that.
Result<MigrationReport> migrate(Connection& connection);

// The version found in the database; 0 when it is empty.
Result<int> schema_version(Connection& connection);
int newest_schema_version();

}  // namespace hermod::store
