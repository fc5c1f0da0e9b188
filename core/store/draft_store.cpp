#include "core/store/draft_store.hpp"

#include <algorithm>

#include "core/durability/durable_step.hpp"
#include "core/store/application_store.hpp"
#include "core/store/effective_state.hpp"
#include "core/store/page_lookup.hpp"
#include "core/store/page_write.hpp"

namespace hermod::store {

namespace {

using actions::ActionKind;

constexpr int attempts_max = 5;  // when the sync makes the same thread or key at the same time

// A draft's columns of `messages` that its content gives, in the order of content_values().
const std::string content_columns =
    "mid_key, subject_key, date, size, has_attachments, parse_failed, mid, subject, snippet, from_, to_, cc, "
    "bcc, reply_to, attachments";

Error not_found(std::string message) {
  return {ErrorKind::not_found, ErrorScope::item, Retry::never(), std::move(message), {}, {}, {}};
}

std::optional<std::string> or_null(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

Status done(Result<Rows> rows) {
  if (!rows) return std::move(rows).error();
  return ok();
}

std::string hash_of(std::string_view raw) { return std::string(ids::as_bytes(ids::sha256(raw))); }

// The message's row as it is now becomes that version's.
Status keep_version(Connection& connection, const ids::ObjectId& account_id, const ids::ObjectId& message_id,
                    const std::optional<std::string>& raw_hash, const std::optional<std::string>& details) {
  std::optional<Bytes> hash;
  if (raw_hash) hash = Bytes{*raw_hash};
  return done(connection.query("INSERT INTO draft_versions (account_id, message_id, raw_hash, details, " +
                                   content_columns +
                                   ", body) SELECT $1, $2,"
                                   " coalesce($3, m.raw_hash, ''), $4, " +
                                   content_columns +
                                   ", coalesce(b.body, '') FROM messages m LEFT JOIN"
                                   " message_bodies b ON b.account_id = $1 AND b.message_id = $2 WHERE "
                                   "m.account_id = $1 AND m.message_id = $2 ON CONFLICT"
                                   " DO NOTHING",
                               account_id, message_id, hash, details));
}

Status add_bytes(Connection& connection, const ids::ObjectId& account_id, const ids::ObjectId& action_id,
                 const ids::ObjectId& folder_id, std::string_view raw) {
  return done(connection.query(
      "INSERT INTO action_bytes (account_id, action_id, collection_id, raw) VALUES ($1, $2, $3, $4)",
      account_id, action_id, folder_id, Bytes{raw}));
}

struct ThreadOfDraft {
  ids::ObjectId thread_id;
  bool is_new = false;
};
// Joins one thread and merges none: that is the sync's.
Result<ThreadOfDraft> find_thread(Connection& connection, const ids::ObjectId& account_id,
                                  const MessageContent& content) {
  threading::ThreadPlanner planner;
  Status known = look_up_threads(connection, account_id, {&content.threading}, planner);
  if (!known) return std::move(known).error();
  planner.add(content.threading);
  const ThreadOfDraft thread{planner.thread_of(0), planner.is_new(planner.thread_of(0))};
  const std::int64_t at = content.threading.received_at;
  Status written = done(
      thread.is_new
          ? connection.query(
                "INSERT INTO threads (account_id, thread_id, latest_at, earliest_at) VALUES ($1, $2, $3, $3)",
                account_id, thread.thread_id, at)
          : connection.query(
                "UPDATE threads SET latest_at = greatest(latest_at, $3), earliest_at = least(earliest_at,"
                " $3) WHERE account_id = $1 AND thread_id = $2",
                account_id, thread.thread_id, at));
  if (!written) return std::move(written).error();
  for (const ids::ObjectId& key : planner.new_reference_keys()) {
    written =
        done(connection.query("INSERT INTO thread_keys (account_id, mid_key, thread_id) VALUES ($1, $2, $3)",
                              account_id, key, planner.thread_of_key(key)));
    if (!written) return std::move(written).error();
  }
  return thread;
}

Result<WrittenDraft> create_once(Connection& connection, const ids::ObjectId& account_id,
                                 const ids::ObjectId& folder_id, const DraftWrite& write) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  const MessageContent& content = write.content;
  auto thread = find_thread(connection, account_id, content);
  if (!thread) return std::move(thread).error();
  const WrittenDraft written{ids::new_object_id(), ids::new_object_id()};
  const std::string raw_hash = hash_of(write.raw);
  const std::string identity = "h" + raw_hash;
  Status made = done(connection.query(
      "INSERT INTO messages (account_id, message_id, thread_id, identity, received_at, unread, starred, "
      "folders, metadata,"
      " " +
          content_columns +
          ") VALUES ($1, $2, $3, $4, $5, false, false, '{}', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
          " $16, $17, $18, $19, $20, $21)",
      account_id, written.message_id, thread->thread_id, Bytes{identity}, content.threading.received_at,
      write.metadata, content.threading.mid_key, content.threading.subject_key, content.date, content.size,
      content.has_attachments, content.parse_failed, or_null(content.mid), content.subject, content.snippet,
      content.from, content.to, content.cc, content.bcc, content.reply_to, content.attachments));
  if (!made) return std::move(made).error();
  made =
      done(connection.query("INSERT INTO message_bodies (account_id, message_id, body) VALUES ($1, $2, $3)",
                            account_id, written.message_id, content.body));
  if (!made) return std::move(made).error();
  EffectiveState state(connection, account_id);
  if (Status locked = state.lock({written.message_id}); !locked) return std::move(locked).error();
  Action action;
  action.action_id = written.action_id;
  action.kind = ActionKind::draft_create;
  action.target = written.message_id;
  action.intent = {write.unread.value_or(false), write.starred.value_or(false), std::vector{folder_id}};
  action.created_at = unix_seconds();
  made = add_action(connection, account_id, action, {written.message_id});
  if (made) made = add_bytes(connection, account_id, written.action_id, folder_id, write.raw);
  if (made) made = keep_version(connection, account_id, written.message_id, raw_hash, write.details);
  std::vector<Change> changes;
  ThreadChanges ignored;
  if (made) made = state.settle(0, changes, ignored);
  if (made) made = state.write_counts();
  if (!made) return std::move(made).error();
  changes = {{ObjectType::message, ChangeType::created, written.message_id, 0},
             {ObjectType::thread, thread->is_new ? ChangeType::created : ChangeType::updated,
              thread->thread_id, thread->is_new ? 0 : bit(ChangedField::messages)}};
  if (auto logged = append_changes(connection, account_id, changes); !logged)
    return std::move(logged).error();
  if (Status committed = transaction->commit(); !committed) return std::move(committed).error();
  durability::passed(durability::DurableStep::action_added);
  return written;
}

}  // namespace

Result<WrittenDraft> create_draft(Connection& connection, const ids::ObjectId& account_id,
                                  const ids::ObjectId& folder_id, const DraftWrite& write) {
  for (int attempt = 1;; ++attempt) {
    auto written = create_once(connection, account_id, folder_id, write);
    if (written) wake_actions(connection, account_id);
    if (written || written.error().kind != ErrorKind::conflict || attempt == attempts_max) return written;
  }
}

Result<DraftVersion> version_of_draft(Connection& connection, const ids::ObjectId& account_id,
                                      const ids::ObjectId& message_id) {
  auto rows = connection.query("SELECT mid FROM messages WHERE account_id = $1 AND message_id = $2",
                               account_id, message_id);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return not_found("there is no such draft");
  return rows->is_null(0, 0) ? DraftVersion() : DraftVersion(std::string(rows->text(0, 0)));
}

Result<WrittenDraft> update_draft(Connection& connection, const ids::ObjectId& account_id,
                                  const ids::ObjectId& folder_id, const ids::ObjectId& message_id,
                                  const DraftVersion& base, const DraftWrite& write) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  EffectiveState state(connection, account_id);
  if (Status locked = state.lock({message_id}); !locked) return std::move(locked).error();
  if (!state.is_shown(message_id)) return not_found("there is no such draft");
  auto shown = version_of_draft(connection, account_id, message_id);
  if (!shown) return std::move(shown).error();
  if (*shown != base)
    return Error{
        ErrorKind::conflict, ErrorScope::item, Retry::now(), "the draft was changed meanwhile", {}, {}, {}};
  auto row =
      connection.query("SELECT folders, thread_id FROM messages WHERE account_id = $1 AND message_id = $2",
                       account_id, message_id);
  if (!row) return std::move(row).error();
  auto pending = pending_bytes(connection, account_id, message_id);
  if (!pending) return std::move(pending).error();
  const MessageContent& content = write.content;
  // What the mailbox has is shown now: it may be needed again.
  Status made =
      *pending ? ok() : keep_version(connection, account_id, message_id, std::nullopt, std::nullopt);
  if (made) {
    made = done(
        connection.query("UPDATE messages SET (" + content_columns +
                             ") = ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17),"
                             " metadata = coalesce($18, metadata) WHERE account_id = $1 AND message_id = $2",
                         account_id, message_id, content.threading.mid_key, content.threading.subject_key,
                         content.date, content.size, content.has_attachments, content.parse_failed,
                         or_null(content.mid), content.subject, content.snippet, content.from, content.to,
                         content.cc, content.bcc, content.reply_to, content.attachments, write.metadata));
  }
  if (made) {
    made =
        done(connection.query("INSERT INTO message_bodies (account_id, message_id, body) VALUES ($1, $2, $3) "
                              "ON CONFLICT (account_id, message_id) DO"
                              " UPDATE SET body = excluded.body",
                              account_id, message_id, content.body));
  }
  if (made) made = keep_version(connection, account_id, message_id, hash_of(write.raw), write.details);
  if (!made) return std::move(made).error();
  Action action;
  action.action_id = ids::new_object_id();
  action.kind = ActionKind::draft_update;
  action.target = message_id;
  action.intent = {write.unread, write.starred, row->ids(0, 0)};
  action.created_at = unix_seconds();
  made = add_action(connection, account_id, action, {message_id});
  if (made) made = add_bytes(connection, account_id, action.action_id, folder_id, write.raw);
  std::vector<Change> changes;
  ThreadChanges threads;
  threads[row->id(0, 1)] |= bit(ChangedField::content);
  if (made) made = state.settle(0, changes, threads);
  if (made) made = state.write_counts();
  if (!made) return std::move(made).error();
  std::int32_t fields = bit(ChangedField::content);
  for (const Change& change : changes) fields |= change.fields;
  changes = {{ObjectType::message, ChangeType::updated, message_id, fields}};
  append_threads(changes, threads);
  if (auto logged = append_changes(connection, account_id, changes); !logged)
    return std::move(logged).error();
  if (Status committed = transaction->commit(); !committed) return std::move(committed).error();
  durability::passed(durability::DurableStep::action_added);
  wake_actions(connection, account_id);
  return WrittenDraft{message_id, action.action_id};
}

Result<std::unordered_map<ids::ObjectId, std::string>> draft_details(
    Connection& connection, const ids::ObjectId& account_id, const std::vector<ids::ObjectId>& message_ids) {
  std::unordered_map<ids::ObjectId, std::string> details;
  // Each version has a Message-ID of its own.
  auto rows = connection.query(
      "SELECT v.message_id, v.details FROM draft_versions v JOIN messages m ON m.account_id = $1 AND "
      "m.message_id = v.message_id AND"
      " m.mid = v.mid WHERE v.account_id = $1 AND v.message_id = ANY($2::uuid[]) AND v.details IS NOT NULL",
      account_id, message_ids);
  if (!rows) return std::move(rows).error();
  for (int row = 0; row < rows->size(); ++row) details.emplace(rows->id(row, 0), rows->text(row, 1));
  return details;
}

Result<std::optional<std::string>> pending_bytes(Connection& connection, const ids::ObjectId& account_id,
                                                 const ids::ObjectId& message_id) {
  auto rows = connection.query(
      "SELECT b.raw FROM action_objects o JOIN action_bytes b ON b.account_id = $1 AND b.action_id = "
      "o.action_id WHERE"
      " o.account_id = $1 AND o.object_id = $2 ORDER BY o.position DESC LIMIT 1",
      account_id, message_id);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return std::optional<std::string>();
  return std::optional(rows->bytes(0, 0));
}

Result<std::optional<PreparedDraft>> prepare_draft(Connection& connection, const ids::ObjectId& account_id,
                                                   const Action& action) {
  auto rows = connection.query(
      "UPDATE action_bytes b SET replaces = coalesce(b.replaces, (SELECT p.remote_id FROM placements p WHERE "
      "p.account_id = $1 AND"
      " p.collection_id = b.collection_id AND p.message_id = $3 AND p.standing <> 2 ORDER BY p.remote_id "
      "LIMIT 1), '') FROM messages"
      " m WHERE b.account_id = $1 AND b.action_id = $2 AND m.account_id = $1 AND m.message_id = $3 RETURNING "
      "b.collection_id, b.raw,"
      " b.replaces, m.unread, m.starred, m.received_at, EXISTS (SELECT FROM placements p WHERE p.account_id "
      "= $1 AND p.collection_id ="
      " b.collection_id AND p.remote_id = b.replaces)",
      account_id, action.action_id, action.target);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return std::optional<PreparedDraft>();
  PreparedDraft draft;
  draft.collection_id = rows->id(0, 0);
  draft.raw = rows->bytes(0, 1);
  // Another client may have deleted the old one: what is written since is kept.
  if (rows->boolean(0, 6)) draft.replaces = RemoteId{rows->bytes(0, 2)};
  draft.flags.add(Flag::draft);
  if (!rows->boolean(0, 3)) draft.flags.add(Flag::seen);
  if (rows->boolean(0, 4)) draft.flags.add(Flag::flagged);
  draft.received_at = rows->integer(0, 5);
  return std::optional(std::move(draft));
}

Result<std::optional<FoundDraft>> find_put_draft(Connection& connection, const ids::ObjectId& account_id,
                                                 const Action& action) {
  // By its bytes; or by the Message-ID of that version, which is no other message's: the draft's own row has that of the
  // newest one, wherever it lies; or where the draft itself came to lie, since the sync knows that version's bytes: then
  // without an identity, because the message still has that of the version before.
  auto rows = connection.query(
      "WITH put AS MATERIALIZED (SELECT collection_id, coalesce(replaces, '') AS replaces, sha256(raw) AS hash FROM"
      " action_bytes WHERE account_id = $1 AND action_id = $2), found AS (SELECT p.remote_id, m.identity, m.identity ="
      " 'h'::bytea || put.hash AS has_bytes, m.message_id = $3 AS is_draft, m.mid = (SELECT v.mid FROM draft_versions v"
      " WHERE v.account_id = $1 AND v.message_id = $3 AND v.raw_hash = put.hash) AS has_mid FROM put JOIN placements p ON"
      " p.account_id = $1 AND p.collection_id = put.collection_id AND p.standing <> 2 AND p.remote_id <> put.replaces JOIN"
      " messages m ON m.account_id = $1 AND m.message_id = p.message_id) SELECT remote_id, CASE WHEN has_bytes OR NOT"
      " is_draft THEN identity ELSE '' END FROM found WHERE has_bytes OR is_draft OR has_mid ORDER BY has_bytes DESC,"
      " is_draft, remote_id DESC LIMIT 1",
      account_id, action.action_id, action.target);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return std::optional<FoundDraft>();
  return std::optional(FoundDraft{RemoteId{rows->bytes(0, 0)}, rows->bytes(0, 1)});
}

namespace {

// The sync may have met it first, where the provider's key tells nothing of ours: one message it is.
Status take_over_twin(Connection& connection, const ids::ObjectId& account_id,
                      const ids::ObjectId& message_id, const std::string& identity, EffectiveState& state,
                      std::vector<Change>& changes) {
  auto twin = connection.query(
      "SELECT message_id FROM messages WHERE account_id = $1 AND identity = $2 AND message_id <> $3",
      account_id, Bytes{identity}, message_id);
  if (!twin) return std::move(twin).error();
  if (twin->empty()) return state.lock({message_id});
  const ids::ObjectId twin_id = twin->id(0, 0);
  if (Status locked = state.lock({message_id, twin_id}); !locked) return locked;
  Status moved =
      done(connection.query("UPDATE placements SET message_id = $3 WHERE account_id = $1 AND message_id = $2",
                            account_id, twin_id, message_id));
  if (!moved) return moved;
  auto gone = connection.query(
      "DELETE FROM messages WHERE account_id = $1 AND message_id = $2 RETURNING message_id, thread_id",
      account_id, twin_id);
  if (!gone) return std::move(gone).error();
  changes.push_back({ObjectType::message, ChangeType::deleted, twin_id, 0});
  return erase_parts_of(connection, account_id, *gone, changes);
}

// Copies of the version before that lie elsewhere in the mailbox. They stay there and become a message of
// their own, since a message has the same bytes wherever it lies.
class OlderCopies {
 public:
  OlderCopies(Connection& connection, const ids::ObjectId& account_id, const ids::ObjectId& message_id)
      : connection_(connection), account_id_(account_id), message_id_(message_id) {}

  // Before the new version's placement and identity are the message's.
  Status part(const ConfirmedDraft& confirmed) {
    const std::string replaced = confirmed.draft->replaces.value_or(RemoteId{}).bytes;
    auto moved = connection_.query(
        "UPDATE placements p SET message_id = $3 FROM messages m JOIN draft_versions v ON v.account_id = $1 "
        "AND v.message_id = $2 AND v.raw_hash = coalesce(m.raw_hash, '') WHERE p.account_id = $1 AND "
        "p.message_id = $2 AND p.standing <> 2 AND NOT (p.collection_id = $4 AND p.remote_id IN ($5, $6)) "
        "AND m.account_id = $1 AND m.message_id = $2 AND m.identity <> $7 RETURNING m.identity",
        account_id_, message_id_, copy_id_, confirmed.draft->collection_id, Bytes{replaced},
        Bytes{confirmed.remote_id.bytes}, Bytes{confirmed.identity});
    if (!moved) return std::move(moved).error();
    if (moved->empty()) return ok();
    identity_ = moved->bytes(0, 0);
    return done(
        connection_.query("INSERT INTO messages (account_id, message_id, thread_id, identity, received_at, "
                          "unread, starred, raw_hash,"
                          " blob_pack, blob_offset, blob_stored, " +
                              content_columns +
                              ") SELECT $1, $3, m.thread_id, $4, m.received_at, false, false, m.raw_hash, "
                              "m.blob_pack, m.blob_offset,"
                              " m.blob_stored, " +
                              version_columns() +
                              " FROM messages m JOIN draft_versions v ON v.account_id = $1 AND v.message_id "
                              "= $2 AND v.raw_hash ="
                              " coalesce(m.raw_hash, '') WHERE m.account_id = $1 AND m.message_id = $2",
                          account_id_, message_id_, copy_id_, Bytes{ids::to_public(copy_id_)}));
  }

  // Once the identity is free.
  Status settle(EffectiveState& state, std::vector<Change>& changes) {
    if (!identity_) return ok();
    Status made = done(connection_.query(
        "INSERT INTO message_bodies (account_id, message_id, body) SELECT $1, $3, v.body FROM messages m JOIN"
        " draft_versions v ON v.account_id = $1 AND v.message_id = $2 AND v.raw_hash = coalesce(m.raw_hash, "
        "'') WHERE"
        " m.account_id = $1 AND m.message_id = $3",
        account_id_, message_id_, copy_id_));
    if (made)
      made = done(
          connection_.query("UPDATE messages SET identity = $3 WHERE account_id = $1 AND message_id = $2",
                            account_id_, copy_id_, Bytes{*identity_}));
    if (made) made = state.lock({copy_id_});
    changes.push_back({ObjectType::message, ChangeType::created, copy_id_, 0});
    return made;
  }

 private:
  static std::string version_columns() {
    std::string columns = "v." + content_columns;
    for (std::size_t at = 0; (at = columns.find(", ", at)) != std::string::npos; at += 4)
      columns.insert(at + 2, "v.");
    return columns;
  }

  Connection& connection_;
  const ids::ObjectId& account_id_;
  const ids::ObjectId& message_id_;
  const ids::ObjectId copy_id_ = ids::new_object_id();
  std::optional<std::string> identity_;
};

}  // namespace

Status confirm_draft(Connection& connection, const AccountEpoch& account, const Action& action,
                     const ConfirmedDraft& confirmed, std::int64_t round) {
  const ids::ObjectId& account_id = account.account_id;
  const PreparedDraft& draft = *confirmed.draft;
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  EffectiveState state(connection, account_id);
  std::vector<Change> changes;
  OlderCopies older(connection, account_id, action.target);
  Status made = older.part(confirmed);
  if (made) made = take_over_twin(connection, account_id, action.target, confirmed.identity, state, changes);
  if (made) {
    std::optional<Bytes> version;
    if (!confirmed.version.empty()) version = Bytes{confirmed.version};
    made =
        done(connection.query("INSERT INTO placements (account_id, collection_id, remote_id, message_id, "
                              "received_at, flags, effective_flags, generation,"
                              " version) SELECT $1, c.collection_id, $3, $4, $5, $6, $6, c.generation, $7 "
                              "FROM collections c WHERE c.account_id = $1 AND"
                              " c.collection_id = $2 ON CONFLICT DO NOTHING",
                              account_id, draft.collection_id, Bytes{confirmed.remote_id.bytes},
                              action.target, draft.received_at, draft.flags.bits, version));
  }
  if (made && draft.replaces && *draft.replaces != confirmed.remote_id) {
    made =
        done(connection.query("DELETE FROM placements WHERE account_id = $1 AND collection_id = $2 AND "
                              "remote_id = $3 AND message_id = $4",
                              account_id, draft.collection_id, Bytes{draft.replaces->bytes}, action.target));
  }
  const std::string raw_hash(ids::as_bytes(confirmed.blob.sha256));
  if (made) {
    const blob::Location& location = confirmed.blob.location;
    made = done(
        connection.query("UPDATE messages SET identity = $3, raw_hash = $4, blob_pack = $5, blob_offset = "
                         "$6, blob_stored = $7 WHERE account_id = $1 AND"
                         " message_id = $2",
                         account_id, action.target, Bytes{confirmed.identity}, Bytes{raw_hash},
                         static_cast<std::int64_t>(location.pack), static_cast<std::int64_t>(location.offset),
                         static_cast<std::int64_t>(location.stored_length)));
  }
  if (made) made = older.settle(state, changes);
  ThreadChanges threads;
  if (made) made = state.settle(round, changes, threads);
  if (made) made = state.write_counts();
  append_threads(changes, threads);
  if (made)
    made =
        end_action(connection, account_id, action, actions::ActionStatus::done, std::nullopt, round, changes);
  if (made) {  // versions that are neither the mailbox's nor on their way to it
    made =
        done(connection.query("DELETE FROM draft_versions v WHERE v.account_id = $1 AND v.message_id = $2 "
                              "AND v.raw_hash <> $3 AND NOT EXISTS (SELECT FROM"
                              " action_objects o JOIN action_bytes b ON b.account_id = $1 AND b.action_id = "
                              "o.action_id WHERE o.account_id = $1 AND"
                              " o.object_id = $2 AND sha256(b.raw) = v.raw_hash)",
                              account_id, action.target, Bytes{raw_hash}));
  }
  if (!made) return made;
  if (auto logged = append_changes(connection, account, changes, History::live); !logged)
    return std::move(logged).error();
  if (Status committed = transaction->commit(); !committed) return committed;
  durability::passed(durability::DurableStep::action_step_confirmed);
  return ok();
}

namespace {

// It has never been in the mailbox, and no newer version is on its way there.
Status forget_unborn(Connection& connection, const ids::ObjectId& account_id, const Action& action,
                     std::vector<Change>& changes) {
  auto gone = connection.query(
      "DELETE FROM messages m WHERE m.account_id = $1 AND m.message_id = $2 AND m.raw_hash IS NULL AND NOT "
      "EXISTS (SELECT FROM"
      " placements p WHERE p.account_id = $1 AND p.message_id = $2 AND p.standing <> 2) AND EXISTS (SELECT "
      "FROM action_bytes b WHERE"
      " b.account_id = $1 AND b.action_id = $3) AND NOT EXISTS (SELECT FROM action_objects o JOIN "
      "action_bytes b ON b.account_id = $1"
      " AND b.action_id = o.action_id WHERE o.account_id = $1 AND o.object_id = $2 AND o.action_id <> $3) "
      "RETURNING m.message_id,"
      " m.thread_id",
      account_id, action.target, action.action_id);
  if (!gone) return std::move(gone).error();
  if (gone->empty()) return ok();
  Status placements = done(connection.query(
      "DELETE FROM placements WHERE account_id = $1 AND message_id = $2", account_id, action.target));
  if (!placements) return placements;
  changes.push_back({ObjectType::message, ChangeType::deleted, action.target, 0});
  return erase_parts_of(connection, account_id, *gone, changes);
}

}  // namespace

Status take_back_draft(Connection& connection, const ids::ObjectId& account_id, const Action& action,
                       std::vector<Change>& changes) {
  auto versions = connection.query(
      "DELETE FROM draft_versions v USING action_bytes b WHERE v.account_id = $1 AND v.message_id = $3 AND "
      "b.account_id = $1 AND"
      " b.action_id = $2 AND v.raw_hash = sha256(b.raw) AND EXISTS (SELECT FROM messages m WHERE "
      "m.account_id = $1 AND m.message_id ="
      " $3 AND m.raw_hash IS DISTINCT FROM v.raw_hash)",
      account_id, action.action_id, action.target);
  if (!versions) return std::move(versions).error();
  auto shown = connection.query(
      "UPDATE messages m SET mid_key = v.mid_key, subject_key = v.subject_key, date = v.date, size = v.size, "
      "has_attachments ="
      " v.has_attachments, parse_failed = v.parse_failed, mid = v.mid, subject = v.subject, snippet = "
      "v.snippet, from_ = v.from_, to_ ="
      " v.to_, cc = v.cc, bcc = v.bcc, reply_to = v.reply_to, attachments = v.attachments FROM "
      "draft_versions v WHERE m.account_id = $1"
      " AND m.message_id = $3 AND v.account_id = $1 AND v.message_id = $3 AND v.raw_hash = "
      "coalesce(m.raw_hash, '') AND EXISTS (SELECT"
      " FROM action_bytes b WHERE b.account_id = $1 AND b.action_id = $2) AND NOT EXISTS (SELECT FROM "
      "action_objects o JOIN"
      " action_objects n ON n.account_id = $1 AND n.object_id = $3 AND n.position > o.position JOIN "
      "action_bytes b ON b.account_id = $1"
      " AND b.action_id = n.action_id WHERE o.account_id = $1 AND o.object_id = $3 AND o.action_id = $2) "
      "RETURNING v.body",
      account_id, action.action_id, action.target);
  if (!shown) return std::move(shown).error();
  if (shown->empty()) return forget_unborn(connection, account_id, action, changes);
  changes.push_back({ObjectType::message, ChangeType::updated, action.target, bit(ChangedField::content)});
  return done(
      connection.query("UPDATE message_bodies SET body = $3 WHERE account_id = $1 AND message_id = $2",
                       account_id, action.target, shown->text(0, 0)));
}

}  // namespace hermod::store
