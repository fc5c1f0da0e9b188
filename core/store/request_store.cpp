#include "core/store/request_store.hpp"

#include <charconv>
#include <cstring>

namespace hermod::store {

namespace {

// On `r`, a row of requests, and `l`, the lease of its account held by $1.
constexpr const char* to_be_taken =
    " l.worker_id = $1 AND l.expires_at > now() AND r.answer IS NULL AND r.error IS NULL AND r.deadline > "
    "now() AND"
    " (r.taken_epoch < l.epoch OR (r.taken_epoch IS NULL AND r.take_by > now()))";

constexpr std::size_t error_fields = 4;

std::vector<std::string> fields_of(const Error& error) {
  return {std::string(to_string(error.kind)), error.message, error.hint,
          std::to_string(error.retry.delay.count())};
}

Error error_of(const std::vector<std::string>& fields) {
  Error error{ErrorKind::internal, ErrorScope::account, Retry::never(), {}, {}, {}, {}};
  if (fields.size() != error_fields) return error;
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::internal); ++kind) {
    if (to_string(static_cast<ErrorKind>(kind)) == fields[0]) error.kind = static_cast<ErrorKind>(kind);
  }
  error.message = fields[1];
  error.hint = fields[2];
  std::int64_t milliseconds = 0;
  std::from_chars(fields[3].data(), fields[3].data() + fields[3].size(), milliseconds);
  if (milliseconds > 0) error.retry = Retry::after(std::chrono::milliseconds(milliseconds));
  return error;
}

Error not_taken() {
  return {ErrorKind::unavailable,
          ErrorScope::account,
          Retry::after(std::chrono::seconds(10)),
          "no worker has this account open now",
          {},
          "try again; the grant's `sync` object says how the account is",
          {}};
}
Error not_answered() {
  return {ErrorKind::timeout,
          ErrorScope::account,
          Retry::after(),
          "the mail server did not answer in time",
          {},
          {},
          {}};
}
Error lost() {
  return {ErrorKind::unavailable,
          ErrorScope::account,
          Retry::after(std::chrono::seconds(1)),
          "the request was lost",
          {},
          "try again",
          {}};
}

void wake(Connection& connection, const char* channel, const ids::ObjectId& id) {
  (void)connection.query("SELECT pg_notify($1, $2)", channel, ids::to_uuid_text(id));
}

}  // namespace

Status add_request(Connection& connection, const RequestInput& request) {
  auto added = connection.query(
      "INSERT INTO requests (request_id, account_id, kind, priority, argument, take_by, deadline) VALUES "
      "($1, $2, $3, $4,"
      " $5, now() + make_interval(secs => $6 / 1000.0), now() + make_interval(secs => $7 / 1000.0))",
      request.request_id, request.account_id, static_cast<int>(request.kind),
      static_cast<int>(request.priority), request.argument,
      static_cast<std::int64_t>(request.take_within.count()),
      static_cast<std::int64_t>(request.answer_within.count()));
  if (!added) return std::move(added).error();
  wake(connection, requests_channel, request.account_id);
  return ok();
}

Result<std::optional<std::string>> collect_answer(Connection& connection, const ids::ObjectId& request_id) {
  auto rows = connection.query(
      "WITH done AS (DELETE FROM requests WHERE request_id = $1 AND (answer IS NOT NULL OR error IS NOT NULL "
      "OR deadline"
      " <= now() OR (taken_epoch IS NULL AND take_by <= now())) RETURNING answer, error, taken_epoch)"
      " SELECT true, answer, error, taken_epoch IS NOT NULL FROM done UNION ALL SELECT false, NULL, NULL, "
      "NULL FROM"
      " requests WHERE request_id = $1 AND NOT EXISTS (SELECT FROM done)",
      request_id);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return lost();
  if (!rows->boolean(0, 0)) return std::optional<std::string>();
  if (!rows->is_null(0, 1)) return std::optional(rows->bytes(0, 1));
  if (!rows->is_null(0, 2)) return error_of(rows->texts(0, 2));
  return rows->boolean(0, 3) ? not_answered() : not_taken();
}

Result<std::vector<WaitingRequest>> waiting_requests(Connection& connection, const ids::ObjectId& worker_id,
                                                     int limit) {
  auto rows = connection.query(
      std::string(
          "SELECT r.request_id, r.account_id FROM requests r JOIN leases l USING (account_id) WHERE") +
          to_be_taken + " ORDER BY r.priority, r.created_at LIMIT $2",
      worker_id, limit);
  if (!rows) return std::move(rows).error();
  std::vector<WaitingRequest> waiting;
  for (int row = 0; row < rows->size(); ++row) waiting.push_back({rows->id(row, 0), rows->id(row, 1)});
  return waiting;
}

Result<std::vector<TakenRequest>> take_requests(Connection& connection, const ids::ObjectId& worker_id,
                                                const std::vector<ids::ObjectId>& request_ids) {
  auto rows =
      connection.query(std::string("UPDATE requests r SET taken_epoch = l.epoch FROM leases l WHERE "
                                   "r.request_id = ANY($2) AND l.account_id"
                                   " = r.account_id AND") +
                           to_be_taken +
                           " RETURNING r.request_id, r.account_id, l.epoch, r.kind, r.priority, r.argument,"
                           " (extract(epoch FROM r.deadline - now()) * 1000)::bigint",
                       worker_id, request_ids);
  if (!rows) return std::move(rows).error();
  std::vector<TakenRequest> taken;
  for (int row = 0; row < rows->size(); ++row) {
    taken.push_back({rows->id(row, 0), rows->id(row, 1), rows->integer(row, 2),
                     static_cast<RequestKind>(rows->integer(row, 3)),
                     static_cast<RequestPriority>(rows->integer(row, 4)), rows->texts(row, 5),
                     std::chrono::milliseconds(rows->integer(row, 6))});
  }
  return taken;
}

Status answer_request(Connection& connection, const TakenRequest& request,
                      const Result<std::string>& answer) {
  std::optional<Bytes> bytes;
  std::optional<std::vector<std::string>> error;
  if (answer) {
    bytes = Bytes{*answer};
  } else {
    error = fields_of(answer.error());
  }
  auto answered = connection.query(
      "UPDATE requests SET answer = $3, error = $4 WHERE request_id = $1 AND taken_epoch = $2 AND answer IS "
      "NULL AND error"
      " IS NULL",
      request.request_id, request.epoch, bytes, error);
  if (!answered) return std::move(answered).error();
  if (answered->affected() > 0) wake(connection, answers_channel, request.request_id);
  return ok();
}

Status expire_requests(Connection& connection) {
  // Who waits collects it in the meantime, and learns what became of it.
  auto expired = connection.query("DELETE FROM requests WHERE deadline < now() - interval '1 minute'");
  if (!expired) return std::move(expired).error();
  return ok();
}

std::string answer_of_message_ids(const std::vector<ids::ObjectId>& message_ids) {
  std::string answer;
  answer.reserve(message_ids.size() * sizeof(ids::ObjectId::bytes));
  for (const ids::ObjectId& id : message_ids) {
    answer.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
  }
  return answer;
}

std::vector<ids::ObjectId> message_ids_of_answer(std::string_view answer) {
  std::vector<ids::ObjectId> message_ids(answer.size() / sizeof(ids::ObjectId::bytes));
  for (ids::ObjectId& id : message_ids) {
    std::memcpy(id.bytes.data(), answer.data(), id.bytes.size());
    answer.remove_prefix(id.bytes.size());
  }
  return message_ids;
}

}  // namespace hermod::store
