#include "core/store/migration.hpp"

#include <iterator>

#include "core/durability/durable_step.hpp"

namespace hermod::store {

namespace {

struct Migration {
  int version;
  const char* name;
  const char* sql;
};
constexpr Migration migrations[] = {
#include "migrations.inc"
};

constexpr const char* advisory_lock = "7238111901";  // any number that only this program takes

Status apply(Connection& connection, const Migration& migration) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  if (Status done = connection.script(migration.sql); !done) return done;
  auto noted = connection.query("INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, now())",
                                migration.version, migration.name);
  if (!noted) return std::move(noted).error();
  durability::passed(durability::DurableStep::migration_written);
  if (Status committed = transaction->commit(); !committed) return committed;
  durability::passed(durability::DurableStep::migration_committed);
  return ok();
}

Result<MigrationReport> migrate_locked(Connection& connection) {
  Status table = connection.script(
      "CREATE TABLE IF NOT EXISTS schema_migrations (version integer PRIMARY KEY, name text NOT NULL,"
      " applied_at timestamptz NOT NULL)");
  if (!table) return std::move(table).error();
  auto found = schema_version(connection);
  if (!found) return std::move(found).error();
  if (*found > newest_schema_version()) {
    return Error{ErrorKind::unsupported, ErrorScope::provider, Retry::never(),
                 "the database's schema is newer than this program: version " + std::to_string(*found) + ", known are " +
                     std::to_string(newest_schema_version()),
                 {}, "start the newer release of hermod", {}};
  }
  MigrationReport report{*found, *found};
  for (const Migration& migration : migrations) {
    if (migration.version <= report.to) continue;
    if (Status applied = apply(connection, migration); !applied) return std::move(applied).error();
    report.to = migration.version;
  }
  return report;
}

}  // namespace

int newest_schema_version() { return migrations[std::size(migrations) - 1].version; }

Result<int> schema_version(Connection& connection) {
  auto there = connection.query("SELECT to_regclass('schema_migrations') IS NOT NULL");
  if (!there) return std::move(there).error();
  if (!there->boolean(0, 0)) return 0;
  auto version = connection.query("SELECT coalesce(max(version), 0) FROM schema_migrations");
  if (!version) return std::move(version).error();
  return static_cast<int>(version->integer(0, 0));
}

Result<MigrationReport> migrate(Connection& connection) {
  Status locked = connection.script(std::string("SET client_min_messages = warning; SELECT pg_advisory_lock(") +
                                    advisory_lock + ")");
  if (!locked) return std::move(locked).error();
  Result<MigrationReport> report = migrate_locked(connection);
  Status unlocked = connection.script(std::string("SELECT pg_advisory_unlock(") + advisory_lock + ")");
  if (report && !unlocked) return std::move(unlocked).error();
  return report;
}

}  // namespace hermod::store
