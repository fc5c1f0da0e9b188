#include "core/store/action_store.hpp"

#include <algorithm>

#include "core/durability/durable_step.hpp"
#include "core/json/error_json.hpp"
#include "core/mime/ascii.hpp"
#include "core/store/application_store.hpp"
#include "core/store/draft_store.hpp"
#include "core/store/effective_state.hpp"
#include "core/store/folder_write.hpp"
#include "core/store/page_write.hpp"
#include "core/store/repeat.hpp"

namespace hermod::store {

namespace {

using actions::ActionKind;
using actions::ActionStatus;

const std::string columns =
    " a.action_id, a.kind, a.target, a.status, a.attempts, a.step_attempts, a.unread, a.starred, a.folders, "
    "a.keywords, a.name,"
    " a.parent, a.error, a.created_at, extract(epoch FROM a.due_at)::bigint, a.finished_at ";

std::optional<bool> maybe_boolean(const Rows& rows, int row, int column) {
  return rows.is_null(row, column) ? std::nullopt : std::optional(rows.boolean(row, column));
}

actions::Intent intent_of(const Rows& rows, int row, int first) {
  actions::Intent intent{maybe_boolean(rows, row, first), maybe_boolean(rows, row, first + 1), {}};
  if (!rows.is_null(row, first + 2)) intent.folders = rows.ids(row, first + 2);
  if (!rows.is_null(row, first + 3)) intent.keywords = rows.texts(row, first + 3);
  return intent;
}

Action action_of(const Rows& rows, int row) {
  Action action;
  action.action_id = rows.id(row, 0);
  action.kind = static_cast<ActionKind>(rows.integer(row, 1));
  action.target = rows.id(row, 2);
  action.status = static_cast<ActionStatus>(rows.integer(row, 3));
  action.attempts = static_cast<int>(rows.integer(row, 4));
  action.step_attempts = static_cast<int>(rows.integer(row, 5));
  action.intent = intent_of(rows, row, 6);
  action.name = rows.text(row, 10);
  if (!rows.is_null(row, 11)) action.parent = rows.id(row, 11);
  if (!rows.is_null(row, 12)) action.error = std::string(rows.text(row, 12));
  action.created_at = rows.integer(row, 13);
  action.due_at = rows.integer(row, 14);
  if (!rows.is_null(row, 15)) action.finished_at = rows.integer(row, 15);
  return action;
}

Error not_found(std::string message) {
  return {ErrorKind::not_found, ErrorScope::item, Retry::never(), std::move(message), {}, {}, {}};
}

class StepConfirmation {
 public:
  StepConfirmation(Connection& connection, const ids::ObjectId& account_id, const AppliedStep& applied)
      : connection_(connection), account_id_(account_id), applied_(applied) {}

  Status operator()(const actions::ChangeFlags& step) {
    if (Status keywords = change_keywords(step); !keywords) return keywords;
    return done(
        connection_.query("UPDATE placements SET flags = (flags | $4) & ~$5::integer, version = coalesce($6, "
                          "version) WHERE account_id = $1 AND"
                          " collection_id = $2 AND remote_id = $3",
                          account_id_, step.of.collection_id, Bytes{step.of.remote_id}, step.add.bits,
                          step.remove.bits, version()));
  }
  Status operator()(const actions::Move& step) {
    if (Status copied = place(step.from, step.to); !copied) return copied;
    return remove(step.from);
  }
  Status operator()(const actions::Copy& step) { return place(step.from, step.to); }
  Status operator()(const actions::Remove& step) { return remove(step.of); }

 private:
  static Status done(Result<Rows> rows) {
    if (!rows) return std::move(rows).error();
    return ok();
  }
  // What the sync wrote since the step was planned stays.
  Status change_keywords(const actions::ChangeFlags& step) {
    std::vector<std::string> changed;  // in lower case
    for (const actions::Keywords* keywords : {&step.add_keywords, &step.remove_keywords})
      for (const std::string& one : *keywords) changed.push_back(mime::ascii_lowered(one));
    if (changed.empty()) return ok();
    return done(connection_.query(
        "UPDATE placements SET effective_keywords = NULL, keywords = (SELECT array_agg(k ORDER BY "
        "lower(k COLLATE \"C\")) FROM (SELECT k FROM unnest(keywords) k WHERE lower(k COLLATE \"C\") <> "
        "ALL($4::text[]) UNION ALL SELECT unnest($5::text[])) w(k)) WHERE account_id = $1 AND "
        "collection_id = $2 AND remote_id = $3",
        account_id_, step.of.collection_id, Bytes{step.of.remote_id}, changed, step.add_keywords));
  }
  std::optional<Bytes> version() const {
    if (!applied_.version) return std::nullopt;
    return Bytes{applied_.version->bytes};
  }
  // Where it went the provider may not say: then the next delta does.
  Status place(const actions::Placement& from, const ids::ObjectId& to) {
    if (!applied_.remote_id) return ok();
    return done(
        connection_.query("INSERT INTO placements (account_id, collection_id, remote_id, message_id, "
                          "received_at, flags, effective_flags,"
                          " generation, keywords, version) SELECT p.account_id, c.collection_id, $5, "
                          "p.message_id, p.received_at, p.flags, p.flags,"
                          " c.generation, p.keywords, coalesce($6, p.version) FROM placements p JOIN "
                          "collections c ON c.account_id = $1 AND"
                          " c.collection_id = $4 WHERE p.account_id = $1 AND p.collection_id = $2 AND "
                          "p.remote_id = $3 ON CONFLICT DO NOTHING",
                          account_id_, from.collection_id, Bytes{from.remote_id}, to,
                          Bytes{applied_.remote_id->bytes}, version()));
  }
  Status remove(const actions::Placement& from) {
    return done(connection_.query(
        "DELETE FROM placements WHERE account_id = $1 AND collection_id = $2 AND remote_id = $3", account_id_,
        from.collection_id, Bytes{from.remote_id}));
  }

  Connection& connection_;
  const ids::ObjectId& account_id_;
  const AppliedStep& applied_;
};

// What follows from the transaction's changes, and its end.
Result<std::vector<Change>> settle(EffectiveState& state, std::int64_t round) {
  std::vector<Change> changes;
  ThreadChanges threads;
  if (Status settled = state.settle(round, changes, threads); !settled) return std::move(settled).error();
  if (Status counted = state.write_counts(); !counted) return std::move(counted).error();
  append_threads(changes, threads);
  return changes;
}

std::string json_of(const std::optional<Error>& error) { return error ? error_json(*error) : std::string(); }
std::optional<std::string> or_null(std::string text) {
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace

Status add_action(Connection& connection, const ids::ObjectId& account_id, const Action& action,
                  const std::vector<ids::ObjectId>& objects) {
  auto added = connection.query(
      "WITH added AS (INSERT INTO actions (account_id, action_id, kind, target, status, unread, starred, "
      "folders, name, parent,"
      " created_at, finished_at, keywords) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $14) "
      "RETURNING "
      "position) INSERT INTO"
      " action_objects (account_id, object_id, action_id, position) SELECT $1, o.id, $2, added.position FROM "
      "added, (SELECT unnest($13::uuid[]) UNION SELECT c.collection_id FROM collections c WHERE c.account_id = $1"
      " AND ((c.collection_id = ANY($8::uuid[]) AND c.standing = 2) OR (c.collection_id = $10::uuid AND"
      " c.standing >= 2))) o(id) WHERE $12::bigint IS NULL",
      account_id, action.action_id, static_cast<int>(action.kind), action.target,
      static_cast<int>(action.status), action.intent.unread, action.intent.starred, action.intent.folders,
      action.name, action.parent, action.created_at, action.finished_at, objects,
      action.intent.keywords);
  if (!added) return std::move(added).error();
  return ok();
}

void wake_actions(Connection& connection, const ids::ObjectId& account_id) {
  (void)connection.query("SELECT pg_notify($1, $2)", actions_channel, ids::to_uuid_text(account_id));
}

namespace {
Result<ids::ObjectId> try_to_write_messages(Connection& connection, const ids::ObjectId& account_id,
                                            const MessageWrite& write) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  EffectiveState state(connection, account_id);
  if (Status locked = state.lock(write.messages); !locked) return std::move(locked).error();
  for (const ids::ObjectId& message_id : write.messages) {
    if (!state.is_shown(message_id)) return not_found("there is no such message");
  }
  Action action;
  action.action_id = ids::new_object_id();
  action.kind = write.kind;
  action.target = write.target;
  action.intent = write.intent;
  action.created_at = unix_seconds();
  if (write.intent == actions::Intent{}) {  // nothing for the mailbox
    action.status = ActionStatus::done;
    action.finished_at = action.created_at;
  }
  if (Status added = add_action(connection, account_id, action, write.messages); !added)
    return std::move(added).error();
  if (write.metadata) {
    auto written = connection.query(
        "UPDATE messages SET metadata = $3 WHERE account_id = $1 AND message_id = ANY($2::uuid[])",
        account_id, write.messages, *write.metadata);
    if (!written) return std::move(written).error();
  }
  auto changes = settle(state, 0);
  if (!changes) return std::move(changes).error();
  if (write.metadata) {
    for (const ids::ObjectId& message_id : write.messages) {
      const auto told =
          std::ranges::find_if(*changes, [&](const Change& one) { return one.object_id == message_id; });
      if (told != changes->end()) {
        told->fields |= bit(ChangedField::metadata);
      } else {
        changes->push_back(
            {ObjectType::message, ChangeType::updated, message_id, bit(ChangedField::metadata)});
      }
    }
  }
  if (auto logged = append_changes(connection, account_id, *changes); !logged)
    return std::move(logged).error();
  if (Status committed = transaction->commit(); !committed) return std::move(committed).error();
  durability::passed(durability::DurableStep::action_added);
  if (!action.finished_at) wake_actions(connection, account_id);
  return action.action_id;
}
}  // namespace

Result<ids::ObjectId> write_messages(Connection& connection, const ids::ObjectId& account_id,
                                     const MessageWrite& write) {
  return repeated([&] { return try_to_write_messages(connection, account_id, write); });
}

Result<std::vector<ids::ObjectId>> messages_of_thread(Connection& connection, const ids::ObjectId& account_id,
                                                      const ids::ObjectId& thread_id) {
  auto rows = connection.query(
      "SELECT message_id FROM messages WHERE account_id = $1 AND thread_id = $2 AND orphaned_round IS NULL "
      "ORDER BY message_id",
      account_id, thread_id);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return not_found("there is no such thread");
  std::vector<ids::ObjectId> messages;
  for (int row = 0; row < rows->size(); ++row) messages.push_back(rows->id(row, 0));
  return messages;
}

Result<std::vector<Action>> list_actions(Connection& connection, const ids::ObjectId& account_id,
                                         const ActionFilter& filter) {
  std::optional<int> status;
  if (filter.status) status = static_cast<int>(*filter.status);
  auto rows = connection.query("SELECT" + columns +
                                   "FROM actions a WHERE a.account_id = $1 AND ($2::smallint IS NULL OR "
                                   "a.status = $2) AND ($3::uuid IS"
                                   " NULL OR a.position < (SELECT b.position FROM actions b WHERE "
                                   "b.account_id = $1 AND b.action_id = $3)) ORDER BY"
                                   " a.position DESC LIMIT $4",
                               account_id, status, filter.after, filter.limit);
  if (!rows) return std::move(rows).error();
  std::vector<Action> found;
  for (int row = 0; row < rows->size(); ++row) found.push_back(action_of(*rows, row));
  return found;
}

Result<Action> find_action(Connection& connection, const ids::ObjectId& account_id,
                           const ids::ObjectId& action_id) {
  auto rows =
      connection.query("SELECT" + columns + "FROM actions a WHERE a.account_id = $1 AND a.action_id = $2",
                       account_id, action_id);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return not_found("there is no such action");
  return action_of(*rows, 0);
}

Result<std::vector<std::pair<ids::ObjectId, actions::Intent>>> open_intents(
    Connection& connection, const ids::ObjectId& account_id, const std::vector<ids::ObjectId>& messages) {
  auto rows = connection.query(
      "SELECT o.object_id, a.unread, a.starred, a.folders, a.keywords FROM action_objects o JOIN "
      "actions a ON a.account_id = $1 AND"
      " a.action_id = o.action_id WHERE o.account_id = $1 AND o.object_id = ANY($2::uuid[]) ORDER BY "
      "o.position",
      account_id, messages);
  if (!rows) return std::move(rows).error();
  std::vector<std::pair<ids::ObjectId, actions::Intent>> intents;
  for (int row = 0; row < rows->size(); ++row)
    intents.emplace_back(rows->id(row, 0), intent_of(*rows, row, 1));
  return intents;
}

Result<std::vector<ids::ObjectId>> accounts_with_actions(Connection& connection,
                                                         const ids::ObjectId& worker_id) {
  auto rows = connection.query(
      "SELECT DISTINCT a.account_id FROM actions a JOIN leases l USING (account_id) WHERE a.finished_at IS "
      "NULL AND a.due_at <="
      " now() AND a.status <= 1 AND l.worker_id = $1",
      worker_id);
  if (!rows) return std::move(rows).error();
  std::vector<ids::ObjectId> accounts;
  for (int row = 0; row < rows->size(); ++row) accounts.push_back(rows->id(row, 0));
  return accounts;
}

Result<std::optional<Action>> next_action(Connection& connection, const ids::ObjectId& account_id) {
  auto rows = connection.query("SELECT" + columns +
                                   "FROM actions a WHERE a.account_id = $1 AND a.finished_at IS NULL AND "
                                   "a.status <= 1 AND a.due_at <= now()"
                                   " AND NOT EXISTS (SELECT FROM action_objects o JOIN action_objects e ON "
                                   "e.account_id = $1 AND e.object_id = o.object_id AND"
                                   " e.position < o.position WHERE o.account_id = $1 AND o.action_id = "
                                   "a.action_id) ORDER BY a.position LIMIT 1",
                               account_id);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return std::optional<Action>();
  return std::optional(action_of(*rows, 0));
}

Result<std::vector<ids::ObjectId>> messages_of_action(Connection& connection, const ids::ObjectId& account_id,
                                                      const ids::ObjectId& action_id) {
  auto rows = connection.query(
      "SELECT m.message_id FROM action_objects o JOIN messages m ON m.account_id = $1 AND m.message_id = "
      "o.object_id WHERE"
      " o.account_id = $1 AND o.action_id = $2 ORDER BY m.message_id",
      account_id, action_id);
  if (!rows) return std::move(rows).error();
  std::vector<ids::ObjectId> messages;
  for (int row = 0; row < rows->size(); ++row) messages.push_back(rows->id(row, 0));
  return messages;
}

Result<std::vector<actions::Placement>> confirmed_placements(Connection& connection,
                                                             const ids::ObjectId& account_id,
                                                             const ids::ObjectId& message_id) {
  auto rows = connection.query(
      "SELECT collection_id, remote_id, flags, keywords FROM placements WHERE account_id = $1 AND message_id = "
      "$2 AND standing <> 2 ORDER BY"
      " collection_id, remote_id",
      account_id, message_id);
  if (!rows) return std::move(rows).error();
  std::vector<actions::Placement> placements;
  for (int row = 0; row < rows->size(); ++row) {
    const FlagSet flags{static_cast<std::uint16_t>(rows->integer(row, 2))};
    placements.push_back({rows->id(row, 0), rows->bytes(row, 1), flags, flags, actions::Standing::confirmed,
                          rows->texts(row, 3)});
  }
  return placements;
}

Status begin_step(Connection& connection, const AccountEpoch& account, Action& action) {
  auto begun = connection.query(
      "UPDATE actions a SET status = 1, attempts = attempts + 1, step_attempts = step_attempts + 1 FROM "
      "account_clock c WHERE"
      " a.account_id = $1 AND a.action_id = $2 AND c.account_id = $1 AND c.epoch = $3 RETURNING a.attempts, "
      "a.step_attempts",
      account.account_id, action.action_id, account.epoch);
  if (!begun) return std::move(begun).error();
  if (begun->empty()) return lease_lost();
  action.attempts = static_cast<int>(begun->integer(0, 0));
  action.step_attempts = static_cast<int>(begun->integer(0, 1));
  durability::passed(durability::DurableStep::action_step_begun);
  return ok();
}

Status postpone(Connection& connection, const AccountEpoch& account, const Action& action,
                std::chrono::milliseconds delay, const std::optional<Error>& error, bool tried) {
  auto postponed = connection.query(
      "UPDATE actions a SET status = 0, due_at = now() + make_interval(secs => $4 / 1000.0), error = "
      "coalesce($5, error),"
      " step_attempts = CASE WHEN $6 THEN step_attempts ELSE greatest(step_attempts - 1, 0) END FROM "
      "account_clock c WHERE"
      " a.account_id = $1 AND a.action_id = $2 AND c.account_id = $1 AND c.epoch = $3",
      account.account_id, action.action_id, account.epoch, static_cast<std::int64_t>(delay.count()),
      or_null(json_of(error)), tried);
  if (!postponed) return std::move(postponed).error();
  return ok();
}

Status confirm_step(Connection& connection, const AccountEpoch& account, const Action& action,
                    const ids::ObjectId& message_id, const actions::MessageStep& step,
                    const AppliedStep& applied, std::int64_t round) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  EffectiveState state(connection, account.account_id);
  if (Status locked = state.lock({message_id}); !locked) return locked;
  StepConfirmation confirmation(connection, account.account_id, applied);
  if (Status confirmed = std::visit(confirmation, step); !confirmed) return confirmed;
  auto counted = connection.query(
      "UPDATE actions SET step_attempts = 0, error = NULL WHERE account_id = $1 AND action_id = $2",
      account.account_id, action.action_id);
  if (!counted) return std::move(counted).error();
  auto changes = settle(state, round);
  if (!changes) return std::move(changes).error();
  if (auto logged = append_changes(connection, account, *changes, History::live); !logged)
    return std::move(logged).error();
  if (Status committed = transaction->commit(); !committed) return committed;
  durability::passed(durability::DurableStep::action_step_confirmed);
  return ok();
}

Status end_action(Connection& connection, const ids::ObjectId& account_id, const Action& action,
                  ActionStatus status, const std::optional<Error>& error, std::int64_t round,
                  std::vector<Change>& changes) {
  const ids::ObjectId& action_id = action.action_id;
  const actions::Intent& intent = action.intent;
  EffectiveState state(connection, account_id);
  auto messages = messages_of_action(connection, account_id, action_id);
  if (!messages) return std::move(messages).error();
  if (Status locked = state.lock(*messages); !locked) return locked;
  const bool unknown =
      status == ActionStatus::outcome_unknown;  // it stays as it is shown until it is resolved
  std::optional<std::int64_t> finished_at;
  if (!unknown) finished_at = unix_seconds();
  auto ended = connection.query(
      "UPDATE actions SET status = $3, finished_at = $4, error = $5 WHERE account_id = $1 AND action_id = $2",
      account_id, action_id, static_cast<int>(status), finished_at, or_null(json_of(error)));
  if (!ended) return std::move(ended).error();
  if (unknown) return ok();
  if (actions::is_of_a_folder(action.kind)) {
    if (Status folders = settle_folders(connection, account_id, action, status, changes); !folders)
      return folders;
  }
  if (status == ActionStatus::failed && actions::puts_a_draft(action.kind)) {
    if (Status shown = take_back_draft(connection, account_id, action, changes); !shown) return shown;
  }
  for (const char* table : {"action_objects", "action_bytes"}) {
    auto gone =
        connection.query(std::string("DELETE FROM ") + table + " WHERE account_id = $1 AND action_id = $2",
                         account_id, action_id);
    if (!gone) return std::move(gone).error();
  }
  if (status == ActionStatus::done && intent.folders &&
      intent.folders->empty()) {  // logged as deleted already
    auto erased = connection.query(
        "DELETE FROM messages m WHERE account_id = $1 AND message_id = ANY($2::uuid[]) AND NOT EXISTS "
        "(SELECT FROM placements p"
        " WHERE p.account_id = $1 AND p.message_id = m.message_id) RETURNING message_id, thread_id",
        account_id, *messages);
    if (!erased) return std::move(erased).error();
    if (Status parts = erase_parts_of(connection, account_id, *erased, changes); !parts) return parts;
  }
  auto settled = settle(state, round);
  if (!settled) return std::move(settled).error();
  changes.insert(changes.end(), settled->begin(), settled->end());
  return ok();
}

Status finish_action(Connection& connection, const AccountEpoch& account, const Action& action,
                     ActionStatus status, const std::optional<Error>& error, std::int64_t round) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  std::vector<Change> changes;
  Status finished = end_action(connection, account.account_id, action, status, error, round, changes);
  if (!finished) return finished;
  if (auto logged = append_changes(connection, account, changes, History::live); !logged)
    return std::move(logged).error();
  if (Status committed = transaction->commit(); !committed) return committed;
  durability::passed(durability::DurableStep::action_finished);
  return ok();
}

Status resolve_action(Connection& connection, const ids::ObjectId& account_id, const ids::ObjectId& action_id,
                      Resolution resolution) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  auto rows = connection.query(
      "SELECT" + columns + "FROM actions a WHERE a.account_id = $1 AND a.action_id = $2 FOR UPDATE",
      account_id, action_id);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return not_found("there is no such action");
  const Action action = action_of(*rows, 0);
  if (action.status != ActionStatus::outcome_unknown) {
    return Error{
        ErrorKind::conflict, ErrorScope::item, Retry::never(), "the action's outcome is known", {}, {}, {}};
  }
  std::vector<Change> changes;
  if (resolution == Resolution::resend) {  // the mailbox may have it by now: it is looked for first
    auto again = connection.query(
        "UPDATE actions SET status = 0, step_attempts = 1, due_at = now() WHERE account_id = $1 AND "
        "action_id = $2",
        account_id, action_id);
    if (!again) return std::move(again).error();
  } else {
    const Error discarded{ErrorKind::cancelled, ErrorScope::item, Retry::never(), "discarded", {}, {}, {}};
    Status finished = end_action(connection, account_id, action, ActionStatus::failed, discarded, 0, changes);
    if (!finished) return finished;
  }
  if (auto logged = append_changes(connection, account_id, changes); !logged)
    return std::move(logged).error();
  if (Status committed = transaction->commit(); !committed) return committed;
  wake_actions(connection, account_id);
  return ok();
}

}  // namespace hermod::store
