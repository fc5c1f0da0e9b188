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
  if (!changes.empty()) connection.changes_logged();
  return rows->integer(0, 0);
}

// To make or drop a partition, a lock on the whole log is needed: while one waits for it, all readers and writers wait
// behind. Whoever uses the table for long, as a dump does, is not waited for.
Result<Transaction> begin_without_waiting(Connection& connection) {
  return Transaction::begin(connection, "SET LOCAL lock_timeout = '200ms'");
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
  auto transaction = begin_without_waiting(connection);
  if (!transaction) return std::move(transaction).error();
  Status made = connection.script(R"sql(
DO $$
DECLARE
  first date := date_trunc('week', now())::date;
  name text;
BEGIN
  PERFORM pg_advisory_xact_lock(7238111902);
  FOR i IN 0..1 LOOP
    name := 'change_log_' || to_char(first, 'YYYYMMDD');
    -- Rows that came while nobody made a partition are in the rest already; their week stays there.
    IF to_regclass(name) IS NULL AND NOT EXISTS (
         SELECT FROM change_log_rest WHERE at >= first AND at < first + interval '1 week') THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF change_log FOR VALUES FROM (%L) TO (%L)', name, first,
                     (first + interval '1 week')::date);
    END IF;
    first := first + 7;
  END LOOP;
END $$)sql");
  if (!made) return made;
  return transaction->commit();
}

Result<int> trim_change_log(Connection& connection, std::chrono::seconds retention) {
  auto partitions = connection.query(
      "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent ="
      " 'change_log'::regclass AND c.relname ~ '^change_log_[0-9]{8}$' AND to_date(right(c.relname, 8), 'YYYYMMDD') +"
      " interval '1 week' < now() - make_interval(secs => $1) ORDER BY 1",
      static_cast<std::int64_t>(retention.count()));
  if (!partitions) return std::move(partitions).error();
  int dropped = 0;
  for (; dropped < partitions->size(); ++dropped) {
    const std::string name(partitions->text(dropped, 0));
    auto transaction = begin_without_waiting(connection);
    if (!transaction) return std::move(transaction).error();
    auto unread = connection.query(
        "SELECT EXISTS (SELECT FROM " + name + " WHERE position IS NULL) OR EXISTS (SELECT FROM " + name +
        " l JOIN account_clock c USING (account_id) JOIN grants g USING (account_id) WHERE l.seq > c.search_seq AND"
        " g.deleted_at IS NULL AND g.sync_phase <> 'initial') OR EXISTS (SELECT FROM feed_readers r WHERE r.position <"
        " (SELECT max(position) FROM " + name + "))");
    if (!unread) return std::move(unread).error();
    if (unread->boolean(0, 0)) break;
    auto noted = connection.query("UPDATE feed_clock SET trimmed_position = greatest(trimmed_position,"
                                  " coalesce((SELECT max(position) FROM " + name + "), 0))");
    if (!noted) return std::move(noted).error();
    if (Status gone = connection.script("DROP TABLE " + name); !gone) return std::move(gone).error();
    if (Status committed = transaction->commit(); !committed) return std::move(committed).error();
  }
  return dropped;
}

}  // namespace hermod::store
