#include "core/store/delivery_store.hpp"

#include <algorithm>
#include <array>

#include "core/store/application_store.hpp"
#include "core/store/webhook_store.hpp"

namespace hermod::store {

namespace {

constexpr std::array<std::string_view, 4> status_names = {"pending", "delivered", "failed", "skipped"};
constexpr const char* shared_reader = "webhooks";
constexpr int trimmed_at_once = 5'000;

// As in receiving_webhooks().
std::string own_reader(const ids::ObjectId& webhook_id) { return "webhook:" + ids::to_uuid_text(webhook_id); }

constexpr const char* delivery_columns =
    "delivery_id, account_id, position, event_id, trigger_type, object, change, object_id, at, queued_at, "
    "attempts";
constexpr int first_outcome_column = 11;
constexpr const char* outcome_columns = ", status, attempted_at, duration_ms, response_code, error";

PendingDelivery pending_of(const Rows& rows, int row) {
  PendingDelivery delivery;
  delivery.delivery_id = rows.id(row, 0);
  delivery.account_id = rows.id(row, 1);
  delivery.position = rows.integer(row, 2);
  delivery.event_id = rows.id(row, 3);
  delivery.trigger_type = rows.text(row, 4);
  delivery.object = static_cast<ObjectType>(rows.integer(row, 5));
  delivery.change = static_cast<ChangeType>(rows.integer(row, 6));
  delivery.object_id = rows.id(row, 7);
  delivery.at = rows.integer(row, 8);
  delivery.queued_at = rows.integer(row, 9);
  delivery.attempts = static_cast<int>(rows.integer(row, 10));
  return delivery;
}

Delivery delivery_of(const Rows& rows, int row) {
  Delivery delivery;
  delivery.of = pending_of(rows, row);
  int column = first_outcome_column;
  delivery.status = parse_delivery_status(rows.text(row, column)).value_or(DeliveryStatus::failed);
  if (!rows.is_null(row, ++column)) delivery.attempted_at = rows.integer(row, column);
  if (!rows.is_null(row, ++column)) delivery.duration_ms = rows.integer(row, column);
  if (!rows.is_null(row, ++column)) delivery.response_code = static_cast<int>(rows.integer(row, column));
  if (!rows.is_null(row, ++column)) delivery.error = std::string(rows.text(row, column));
  return delivery;
}

Status done(const Result<Rows>& rows) {
  if (!rows) return rows.error();
  return ok();
}

Result<std::optional<std::int64_t>> lock_reader(Connection& connection, const std::string& name) {
  auto rows =
      connection.query("SELECT position FROM feed_readers WHERE name = $1 FOR UPDATE SKIP LOCKED", name);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return std::optional<std::int64_t>();
  return std::optional(rows->integer(0, 0));
}

Status move_reader(Connection& connection, const std::string& name, std::int64_t position) {
  return done(connection.query("UPDATE feed_readers SET position = $2 WHERE name = $1", name, position));
}

// UUID version 7 begins with the milliseconds.
ids::ObjectId first_id_at(std::int64_t milliseconds) {
  constexpr std::size_t time_bytes = 6;
  ids::ObjectId id;
  for (std::size_t i = 0; i < time_bytes; ++i)
    id.bytes[i] = static_cast<std::uint8_t>(milliseconds >> (8 * (time_bytes - 1 - i)));
  return id;
}

}  // namespace

std::string_view to_string(DeliveryStatus status) {
  return status_names.at(static_cast<std::size_t>(status));
}

std::optional<DeliveryStatus> parse_delivery_status(std::string_view text) {
  const auto found = std::ranges::find(status_names, text);
  if (found == status_names.end()) return std::nullopt;
  return static_cast<DeliveryStatus>(found - status_names.begin());
}

Status add_deliveries(Connection& connection, const std::vector<NewDelivery>& deliveries) {
  std::vector<ids::ObjectId> delivery_ids, webhook_ids, account_ids, event_ids, object_ids;
  std::vector<std::int64_t> positions, objects, changes, times;
  std::vector<std::string> triggers;
  for (const NewDelivery& each : deliveries) {
    delivery_ids.push_back(ids::new_object_id());
    webhook_ids.push_back(each.webhook_id);
    account_ids.push_back(each.account_id);
    positions.push_back(each.position);
    event_ids.push_back(each.event_id);
    triggers.push_back(each.trigger_type);
    objects.push_back(static_cast<std::int64_t>(each.object));
    changes.push_back(static_cast<std::int64_t>(each.change));
    object_ids.push_back(each.object_id);
    times.push_back(each.at);
  }
  return done(
      connection.query("INSERT INTO webhook_deliveries (delivery_id, webhook_id, account_id, position, "
                       "event_id, trigger_type, object,"
                       " change, object_id, at, status, queued_at) SELECT d.*, 'pending', $11::bigint FROM "
                       "unnest($1::uuid[], $2::uuid[],"
                       " $3::uuid[], $4::bigint[], $5::uuid[], $6::text[], $7::smallint[], $8::smallint[], "
                       "$9::uuid[], $10::bigint[]) d",
                       delivery_ids, webhook_ids, account_ids, positions, event_ids, triggers, objects,
                       changes, object_ids, times, unix_seconds()));
}

Result<ids::ObjectId> add_test_delivery(Connection& connection, const NewDelivery& delivery) {
  const ids::ObjectId delivery_id = ids::new_object_id();
  auto added = connection.query(
      "INSERT INTO webhook_deliveries (delivery_id, webhook_id, account_id, position, event_id, "
      "trigger_type, object,"
      " change, object_id, at, status, queued_at) VALUES ($1, $2, $3, 0, $1, $4, $5, $6, $1, $7, 'pending', "
      "$7)",
      delivery_id, delivery.webhook_id, delivery.account_id, delivery.trigger_type,
      static_cast<int>(delivery.object), static_cast<int>(delivery.change), delivery.at);
  if (!added) return std::move(added).error();
  (void)connection.query("SELECT pg_notify($1, $2)", webhooks_channel,
                         ids::to_uuid_text(delivery.webhook_id));
  return delivery_id;
}

// --- readers

Result<std::optional<std::int64_t>> lock_shared_reader(Connection& connection) {
  return lock_reader(connection, shared_reader);
}
Result<std::optional<std::int64_t>> lock_own_reader(Connection& connection, const ids::ObjectId& webhook_id) {
  return lock_reader(connection, own_reader(webhook_id));
}

Result<std::int64_t> await_shared_reader(Connection& connection) {
  auto rows = connection.query("SELECT position FROM feed_readers WHERE name = $1 FOR UPDATE", shared_reader);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) {
    return Error{
        ErrorKind::conflict, ErrorScope::account, Retry::now(), "nobody reads the change log", {}, {}, {}};
  }
  return rows->integer(0, 0);
}

Status move_shared_reader(Connection& connection, std::int64_t position) {
  return move_reader(connection, shared_reader, position);
}
Status move_own_reader(Connection& connection, const ids::ObjectId& webhook_id, std::int64_t position) {
  return move_reader(connection, own_reader(webhook_id), position);
}

Status join_shared_reader(Connection& connection, const ids::ObjectId& webhook_id, std::int64_t position) {
  if (Status ended = end_own_reader(connection, webhook_id); !ended) return ended;
  return done(connection.query(
      "UPDATE webhooks SET from_position = greatest(from_position, $2) WHERE webhook_id = $1", webhook_id,
      position));
}

Status begin_shared_reader(Connection& connection, std::int64_t position) {
  // Locks the row that is there, so that nobody who deletes the last webhook takes it away before the commit.
  return done(
      connection.query("INSERT INTO feed_readers AS r (name, position) VALUES ($1, $2) ON CONFLICT (name) DO "
                       "UPDATE SET position ="
                       " r.position",
                       shared_reader, position));
}

Status end_shared_reader(Connection& connection) {
  return done(connection.query(
      "DELETE FROM feed_readers WHERE name = $1 AND NOT EXISTS (SELECT FROM webhooks)", shared_reader));
}

Status begin_own_reader(Connection& connection, const ids::ObjectId& webhook_id, std::int64_t position) {
  return done(
      connection.query("INSERT INTO feed_readers AS r (name, position) VALUES ($1, $2) ON CONFLICT (name) DO "
                       "UPDATE SET position ="
                       " least(r.position, excluded.position)",
                       own_reader(webhook_id), position));
}

Status end_own_reader(Connection& connection, const ids::ObjectId& webhook_id) {
  return done(connection.query("DELETE FROM feed_readers WHERE name = $1", own_reader(webhook_id)));
}

Status set_full_apart(Connection& connection, std::int64_t position, int pending_max) {
  return done(
      connection.query("INSERT INTO feed_readers (name, position) SELECT 'webhook:' || w.webhook_id, $1 FROM "
                       "webhooks w WHERE w.status IN"
                       " ('active', 'failing') AND (SELECT count(*) FROM (SELECT FROM webhook_deliveries d "
                       "WHERE d.webhook_id ="
                       " w.webhook_id AND d.status = 'pending' LIMIT $2) p) >= $2 ON CONFLICT DO NOTHING",
                       position, pending_max));
}

Result<std::vector<ids::ObjectId>> webhooks_behind(Connection& connection, int pending_max) {
  auto rows = connection.query(
      "SELECT w.webhook_id FROM webhooks w JOIN feed_readers r ON r.name = 'webhook:' || w.webhook_id WHERE "
      "w.status IN"
      " ('active', 'failing') AND (SELECT count(*) FROM (SELECT FROM webhook_deliveries d WHERE d.webhook_id "
      "="
      " w.webhook_id AND d.status = 'pending' LIMIT $1) p) < $1 ORDER BY 1",
      pending_max);
  if (!rows) return std::move(rows).error();
  std::vector<ids::ObjectId> webhook_ids;
  for (int row = 0; row < rows->size(); ++row) webhook_ids.push_back(rows->id(row, 0));
  return webhook_ids;
}

// --- leases

Result<std::vector<HeldWebhook>> hold_webhooks(Connection& connection, const ids::ObjectId& worker_id,
                                               int lease_seconds, int webhooks_max) {
  auto ended = connection.query(
      "DELETE FROM webhook_leases l USING webhooks w WHERE l.worker_id = $1 AND w.webhook_id = l.webhook_id "
      "AND"
      " w.status NOT IN ('active', 'failing')",
      worker_id);
  if (!ended) return std::move(ended).error();
  auto renewed = connection.query(
      "UPDATE webhook_leases SET expires_at = now() + make_interval(secs => $2) WHERE worker_id = $1",
      worker_id, lease_seconds);
  if (!renewed) return std::move(renewed).error();
  // The share: as many as there are, by the workers that hold some, and this one.
  auto taken = connection.query(
      "INSERT INTO webhook_leases AS mine (webhook_id, worker_id, expires_at) SELECT w.webhook_id, $1::uuid, "
      "now() +"
      " make_interval(secs => $2) FROM webhooks w WHERE w.status IN ('active', 'failing') AND NOT EXISTS "
      "(SELECT FROM"
      " webhook_leases l WHERE l.webhook_id = w.webhook_id AND l.expires_at > now()) LIMIT greatest(0, "
      "least($3::bigint,"
      " (SELECT ceil(count(*)::numeric / (SELECT 1 + count(DISTINCT worker_id) FROM webhook_leases WHERE "
      "expires_at >"
      " now() AND worker_id <> $1))::bigint FROM webhooks WHERE status IN ('active', 'failing'))) - "
      "$4::bigint) ON"
      " CONFLICT (webhook_id) DO UPDATE SET worker_id = excluded.worker_id, expires_at = excluded.expires_at "
      "WHERE"
      " mine.expires_at <= now()",
      worker_id, lease_seconds, webhooks_max, renewed->affected());
  if (!taken) return std::move(taken).error();
  auto rows = connection.query(
      "SELECT w.webhook_id, w.revision, EXISTS (SELECT FROM webhook_deliveries d WHERE d.webhook_id = "
      "w.webhook_id AND"
      " d.status = 'pending') FROM webhook_leases l JOIN webhooks w USING (webhook_id) WHERE l.worker_id = "
      "$1 AND"
      " l.expires_at > now()",
      worker_id);
  if (!rows) return std::move(rows).error();
  std::vector<HeldWebhook> held;
  for (int row = 0; row < rows->size(); ++row)
    held.push_back({rows->id(row, 0), rows->integer(row, 1), rows->boolean(row, 2)});
  return held;
}

Status release_webhooks(Connection& connection, const ids::ObjectId& worker_id) {
  return done(connection.query("DELETE FROM webhook_leases WHERE worker_id = $1", worker_id));
}

// --- the queue

Result<std::vector<PendingDelivery>> pending_deliveries(Connection& connection, const PendingQuery& query) {
  auto rows =
      connection.query(std::string("SELECT ") + delivery_columns +
                           " FROM webhook_deliveries WHERE webhook_id = $1 AND status = 'pending' AND "
                           "account_id <> ALL($2) AND"
                           " delivery_id <> ALL($3) ORDER BY position, delivery_id LIMIT $4",
                       query.webhook_id, query.accounts_left_out, query.deliveries_left_out, query.limit);
  if (!rows) return std::move(rows).error();
  std::vector<PendingDelivery> found;
  for (int row = 0; row < rows->size(); ++row) found.push_back(pending_of(*rows, row));
  return found;
}

Status record_outcomes(Connection& connection, const std::vector<DeliveryOutcome>& outcomes) {
  std::vector<ids::ObjectId> delivery_ids;
  std::vector<std::string> statuses, errors;
  std::vector<std::int64_t> attempted, times, codes, durations;
  for (const DeliveryOutcome& each : outcomes) {
    delivery_ids.push_back(each.delivery_id);
    statuses.emplace_back(to_string(each.status));
    attempted.push_back(each.attempted ? 1 : 0);
    times.push_back(each.attempted_at);
    codes.push_back(each.response_code.value_or(0));
    durations.push_back(each.duration_ms);
    errors.push_back(each.error);
  }
  auto transaction = Transaction::begin(connection, "SET LOCAL synchronous_commit = off");
  if (!transaction) return std::move(transaction).error();
  auto recorded = connection.query(
      "UPDATE webhook_deliveries d SET status = o.status, attempts = d.attempts + o.attempted, attempted_at "
      "= CASE WHEN"
      " o.attempted = 1 THEN o.at ELSE d.attempted_at END, response_code = CASE WHEN o.attempted = 1 THEN "
      "nullif(o.code,"
      " 0) ELSE d.response_code END, duration_ms = CASE WHEN o.attempted = 1 THEN o.duration ELSE "
      "d.duration_ms END,"
      " error = nullif(o.error, '') FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::bigint[], "
      "$5::integer[],"
      " $6::bigint[], $7::text[]) AS o (delivery_id, status, attempted, at, code, duration, error) WHERE "
      "d.delivery_id ="
      " o.delivery_id AND d.status = 'pending'",
      delivery_ids, statuses, attempted, times, codes, durations, errors);
  if (!recorded) return std::move(recorded).error();
  return transaction->commit();
}

Status fail_pending(Connection& connection, const ids::ObjectId& webhook_id) {
  return done(connection.query(
      "UPDATE webhook_deliveries SET status = 'failed' WHERE webhook_id = $1 AND status = 'pending'",
      webhook_id));
}

// --- for the API

Result<std::vector<Delivery>> list_deliveries(Connection& connection, const ids::ObjectId& webhook_id,
                                              const DeliveryFilter& filter) {
  std::optional<std::string> status;
  if (filter.status) status = to_string(*filter.status);
  auto rows = connection.query(std::string("SELECT ") + delivery_columns + outcome_columns +
                                   " FROM webhook_deliveries WHERE webhook_id = $1 AND ($2::text IS NULL OR "
                                   "status = $2) AND ($3::uuid IS NULL OR"
                                   " delivery_id < $3) ORDER BY delivery_id DESC LIMIT $4",
                               webhook_id, status, filter.before, filter.limit);
  if (!rows) return std::move(rows).error();
  std::vector<Delivery> found;
  for (int row = 0; row < rows->size(); ++row) found.push_back(delivery_of(*rows, row));
  return found;
}

Result<Delivery> redeliver(Connection& connection, const ids::ObjectId& webhook_id,
                           const ids::ObjectId& delivery_id) {
  auto rows = connection.query(std::string("UPDATE webhook_deliveries SET status = 'pending', queued_at = $3 "
                                           "WHERE webhook_id = $1 AND delivery_id"
                                           " = $2 AND status <> 'pending' RETURNING ") +
                                   delivery_columns + outcome_columns,
                               webhook_id, delivery_id, unix_seconds());
  if (!rows) return std::move(rows).error();
  if (!rows->empty()) {
    (void)connection.query("SELECT pg_notify($1, $2)", webhooks_channel, ids::to_uuid_text(webhook_id));
    return delivery_of(*rows, 0);
  }
  auto there = connection.query("SELECT FROM webhook_deliveries WHERE webhook_id = $1 AND delivery_id = $2",
                                webhook_id, delivery_id);
  if (!there) return std::move(there).error();
  if (there->empty())
    return Error{
        ErrorKind::not_found, ErrorScope::account, Retry::never(), "there is no such delivery", {}, {}, {}};
  return Error{
      ErrorKind::conflict, ErrorScope::account, Retry::never(), "the delivery is pending", {}, {}, {}};
}

Result<QueueState> queue_state(Connection& connection, const ids::ObjectId& worker_id) {
  auto rows = connection.query(
      "SELECT count(*), coalesce(min(at), 0) FROM webhook_deliveries d JOIN webhook_leases l USING "
      "(webhook_id) WHERE"
      " l.worker_id = $1 AND d.status = 'pending'",
      worker_id);
  if (!rows) return std::move(rows).error();
  return QueueState{rows->integer(0, 0), rows->integer(0, 1)};
}

Result<std::int64_t> trim_deliveries(Connection& connection, std::chrono::seconds kept) {
  const std::int64_t before = (unix_seconds() - kept.count()) * 1'000;
  auto deleted = connection.query(
      "DELETE FROM webhook_deliveries WHERE delivery_id IN (SELECT delivery_id FROM webhook_deliveries WHERE "
      "delivery_id <"
      " $1 AND status <> 'pending' ORDER BY delivery_id LIMIT $2)",
      first_id_at(std::max<std::int64_t>(before, 0)), trimmed_at_once);
  if (!deleted) return std::move(deleted).error();
  return deleted->affected();
}

}  // namespace hermod::store
