#include "core/store/change_log.hpp"

namespace hermod::store {

namespace {

struct ChangeColumns {
  std::vector<std::int64_t> objects, changes, fields;
  std::vector<ids::ObjectId> object_ids;

  explicit ChangeColumns(const std::vector<Change>& from) {
    for (const Change& change : from) {
      objects.push_back(static_cast<std::int64_t>(change.object));
      changes.push_back(static_cast<std::int64_t>(change.change));
      fields.push_back(change.fields);
      object_ids.push_back(change.object_id);
    }
  }
};

Result<std::int64_t> append(Connection& connection, const ids::ObjectId& account_id,
                            const std::optional<std::int64_t>& epoch, const std::vector<Change>& changes,
                            History history) {
  static const std::string statement =
      "WITH clock AS (UPDATE account_clock SET seq = seq + $3 WHERE account_id = $1 AND ($2::bigint IS NULL OR"
      " epoch = $2) RETURNING seq), entry AS (INSERT INTO change_log (account_id, seq, at, initial, objects, changes,"
      " fields, object_ids) SELECT $1, seq, now(), $4, $5, $6, $7, $8 FROM clock WHERE $3 > 0 RETURNING seq)"
      " SELECT seq FROM clock";
  const ChangeColumns columns(changes);
  auto rows = connection.query(statement, account_id, epoch, static_cast<std::int64_t>(changes.size()),
                               history == History::initial, columns.objects, columns.changes, columns.fields,
                               columns.object_ids);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) {
    return lease_lost();
  }
  return rows->integer(0, 0);
}

}  // namespace

Error lease_lost() {
  return {ErrorKind::conflict, ErrorScope::account, Retry::never(), "the lease was lost", {}, {}, std::string(lease_lost_code)};
}

Result<std::int64_t> append_changes(Connection& connection, const AccountEpoch& account,
                                    const std::vector<Change>& changes, History history) {
  return append(connection, account.account_id, account.epoch, changes, history);
}

Result<std::int64_t> append_changes(Connection& connection, const ids::ObjectId& account_id,
                                    const std::vector<Change>& changes) {
  return append(connection, account_id, std::nullopt, changes, History::live);
}

Status prepare_change_log(Connection& connection) {
  return connection.script(R"sql(
DO $$
DECLARE
  first date := date_trunc('month', now())::date;
  name text;
BEGIN
  PERFORM pg_advisory_xact_lock(7238111902);
  FOR i IN 0..1 LOOP
    name := 'change_log_' || to_char(first, 'YYYY_MM');
    -- Rows that came while nobody made a partition are in the rest already; their month stays there.
    IF to_regclass(name) IS NULL AND NOT EXISTS (
         SELECT FROM change_log_rest WHERE at >= first AND at < first + interval '1 month') THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF change_log FOR VALUES FROM (%L) TO (%L)', name, first,
                     (first + interval '1 month')::date);
    END IF;
    first := (first + interval '1 month')::date;
  END LOOP;
END $$)sql");
}

}  // namespace hermod::store
