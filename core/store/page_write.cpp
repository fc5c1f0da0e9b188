#include "core/store/page_write.hpp"

#include <algorithm>
#include <unordered_set>

#include "core/durability/durable_step.hpp"
#include "core/store/copy_writer.hpp"
#include "core/store/effective_state.hpp"

namespace hermod::store {

namespace {

constexpr int orphans_at_once_max = 1000;

std::vector<Bytes> as_parameters(const std::vector<std::string_view>& values) {
  std::vector<Bytes> parameters;
  parameters.reserve(values.size());
  for (const std::string_view value : values) parameters.push_back({value});
  return parameters;
}

void or_null(CopyWriter& copy, const std::optional<ids::ObjectId>& value) { value ? copy.id(*value) : copy.null(); }
void or_null(CopyWriter& copy, const std::optional<std::int64_t>& value) { value ? copy.integer(*value) : copy.null(); }

// One page's transaction. The steps run in the order of write(): object rows first, by id; the clock last.
class PageTransaction {
 public:
  PageTransaction(Connection& connection, const AccountEpoch& account, const CollectionState& state,
                  const PageWrite& page)
      : connection_(connection), account_(account), account_id_(account.account_id), state_(state), page_(page),
        held_(connection, account.account_id) {}

  Status write() {
    for (const auto step : {&PageTransaction::lock_touched, &PageTransaction::merge_threads,
                            &PageTransaction::copy_messages, &PageTransaction::copy_bodies, &PageTransaction::write_threads,
                            &PageTransaction::copy_placements, &PageTransaction::change_placements,
                            &PageTransaction::mark_seen, &PageTransaction::remove_placements,
                            &PageTransaction::end_snapshot, &PageTransaction::settle_held,
                            &PageTransaction::update_collection}) {
      if (Status done = (this->*step)(); !done) return done;
    }
    note_threads();
    if (!history_changes_.empty()) {
      auto seq = append_changes(connection_, account_, history_changes_, History::initial);
      if (!seq) return std::move(seq).error();
    }
    auto seq = append_changes(connection_, account_, changes_, History::live);
    if (!seq) return std::move(seq).error();
    return ok();
  }

  CollectionState committed() const { return next_state_; }
  PageOutcome outcome() const { return {held_.orphaned(), changes_.size() + history_changes_.size()}; }

 private:
  // Those that this page places or changes, and those whose placements it takes away; all at once, so that the order is
  // that of their ids.
  Status lock_touched() {
    std::vector<ids::ObjectId> message_ids = page_.touched_messages;
    const auto add = [&](Result<Rows> rows) -> Status {
      if (!rows) return std::move(rows).error();
      for (int row = 0; row < rows->size(); ++row) message_ids.push_back(rows->id(row, 0));
      return ok();
    };
    if (!page_.removed_placements.empty()) {
      Status added = add(connection_.query(
          "SELECT DISTINCT message_id FROM placements WHERE account_id = $1 AND collection_id = $2 AND remote_id ="
          " ANY($3::bytea[])",
          account_id_, state_.collection_id, as_parameters(page_.removed_placements)));
      if (!added) return added;
    }
    if (page_.kind == PageKind::snapshot && page_.complete) {
      Status added = add(connection_.query(
          "SELECT DISTINCT message_id FROM placements WHERE account_id = $1 AND collection_id = $2 AND generation < $3 AND"
          " received_at >= $4 AND standing <> 2 AND remote_id <> ALL($5::bytea[])",
          account_id_, state_.collection_id, state_.generation, window_start(), as_parameters(page_.seen_placements)));
      if (!added) return added;
    }
    if (Status locked = lock_with_merged(message_ids); !locked) return locked;
    return held_.lock(message_ids);
  }

  // The messages of threads that end in another one are changed too.
  Status lock_with_merged(const std::vector<ids::ObjectId>& message_ids) {
    if (page_.threads.merges.empty()) return ok();
    std::vector<ids::ObjectId> threads;
    for (const threading::ThreadMerge& merge : page_.threads.merges) threads.push_back(merge.from);
    auto locked = connection_.query(
        "SELECT FROM messages WHERE account_id = $1 AND (message_id = ANY($2::uuid[]) OR thread_id = ANY($3::uuid[]))"
        " ORDER BY message_id FOR UPDATE",
        account_id_, message_ids, threads);
    if (!locked) return std::move(locked).error();
    return ok();
  }

  std::int64_t window_start() const { return page_.scope == SnapshotScope::time_window ? page_.window_start : INT64_MIN; }

  Status merge_threads() {
    for (const threading::ThreadMerge& merge : page_.threads.merges) {
      auto moved = connection_.query(
          "UPDATE messages SET thread_id = $3 WHERE account_id = $1 AND thread_id = $2 RETURNING message_id", account_id_,
          merge.from, merge.into);
      if (!moved) return std::move(moved).error();
      for (int row = 0; row < moved->size(); ++row) {
        changes_.push_back({ObjectType::message, ChangeType::updated, moved->id(row, 0), bit(ChangedField::thread)});
      }
      auto keys = connection_.query("UPDATE thread_keys SET thread_id = $3 WHERE account_id = $1 AND thread_id = $2",
                                    account_id_, merge.from, merge.into);
      if (!keys) return std::move(keys).error();
      auto joined = connection_.query(
          "WITH gone AS (DELETE FROM threads WHERE account_id = $1 AND thread_id = $2 RETURNING latest_at, earliest_at)"
          " UPDATE threads t SET latest_at = greatest(t.latest_at, gone.latest_at), earliest_at = least(t.earliest_at,"
          " gone.earliest_at) FROM gone WHERE t.account_id = $1 AND t.thread_id = $3",
          account_id_, merge.from, merge.into);
      if (!joined) return std::move(joined).error();
      changes_.push_back({ObjectType::thread, ChangeType::deleted, merge.from, 0});
      changed_threads_[merge.into] |= bit(ChangedField::messages);
    }
    return ok();
  }

  Status copy_messages() {
    if (page_.new_messages.empty()) return ok();
    auto copy = CopyWriter::begin(
        connection_,
        "messages (account_id, message_id, thread_id, identity, mid_key, subject_key, received_at, date, size, unread,"
        " starred, folders, has_attachments, parse_failed, mid, subject, snippet, from_, to_, cc, bcc, reply_to,"
        " attachments, raw_hash, blob_pack, blob_offset, blob_stored, keywords)");
    if (!copy) return std::move(copy).error();
    const std::string folders = *to_sql(std::vector{state_.collection_id});
    for (const NewMessage& message : page_.new_messages) {
      const MessageContent& content = *message.content;
      copy->id(account_id_).id(message.message_id).id(message.thread_id).bytes(content.identity);
      or_null(*copy, content.threading.mid_key);
      or_null(*copy, content.threading.subject_key);
      copy->integer(message.received_at);
      or_null(*copy, content.date);
      copy->integer(static_cast<std::int64_t>(content.size)).boolean(message.unread).boolean(message.starred);
      copy->text(folders);
      copy->boolean(content.has_attachments).boolean(content.parse_failed);
      content.mid.empty() ? copy->null() : copy->text(content.mid);
      copy->text(content.subject).text(content.snippet).text(content.from).text(content.to).text(content.cc);
      copy->text(content.bcc).text(content.reply_to).text(content.attachments);
      if (message.blob) {
        copy->bytes(ids::as_bytes(message.blob->sha256)).integer(message.blob->location.pack);
        copy->integer(static_cast<std::int64_t>(message.blob->location.offset));
        copy->integer(static_cast<std::int64_t>(message.blob->location.stored_length));
      } else {
        copy->null().null().null().null();
      }
      message.keywords.empty() ? copy->null() : copy->texts(message.keywords);
      if (Status row = copy->end_row(); !row) return row;
      created(message.received_at).push_back({ObjectType::message, ChangeType::created, message.message_id, 0});
    }
    return copy->finish();
  }

  Status copy_bodies() {
    if (page_.new_messages.empty()) return ok();
    auto copy = CopyWriter::begin(connection_, "message_bodies (account_id, message_id, body)");
    if (!copy) return std::move(copy).error();
    for (const NewMessage& message : page_.new_messages) {
      copy->id(account_id_).id(message.message_id).text(message.content->body);
      if (Status row = copy->end_row(); !row) return row;
    }
    return copy->finish();
  }

  Status write_threads() {
    struct Span {
      std::int64_t earliest, latest;
    };
    std::unordered_map<ids::ObjectId, Span> spans;
    for (const NewMessage& message : page_.new_messages) {
      auto [span, fresh] = spans.try_emplace(message.thread_id, Span{message.received_at, message.received_at});
      span->second.earliest = std::min(span->second.earliest, message.received_at);
      span->second.latest = std::max(span->second.latest, message.received_at);
    }
    if (!page_.threads.new_threads.empty()) {
      auto copy = CopyWriter::begin(connection_, "threads (account_id, thread_id, latest_at, earliest_at, provider_thread)");
      if (!copy) return std::move(copy).error();
      for (const ids::ObjectId& thread_id : page_.threads.new_threads) {
        const Span span = spans.at(thread_id);
        copy->id(account_id_).id(thread_id).integer(span.latest).integer(span.earliest);
        auto provider = page_.threads.provider_threads.find(thread_id);
        provider != page_.threads.provider_threads.end() ? copy->bytes(provider->second) : copy->null();
        if (Status row = copy->end_row(); !row) return row;
        spans.erase(thread_id);
        created(span.latest).push_back({ObjectType::thread, ChangeType::created, thread_id, 0});
      }
      if (Status done = copy->finish(); !done) return done;
    }
    if (!spans.empty()) {
      std::vector<ids::ObjectId> thread_ids;
      std::vector<std::int64_t> earliest, latest;
      for (const auto& [thread_id, span] : spans) {
        thread_ids.push_back(thread_id);
        earliest.push_back(span.earliest);
        latest.push_back(span.latest);
        changed_threads_[thread_id] |= bit(ChangedField::messages);
      }
      auto updated = connection_.query(
          "UPDATE threads t SET latest_at = greatest(t.latest_at, n.latest), earliest_at = least(t.earliest_at,"
          " n.earliest) FROM unnest($2::uuid[], $3::bigint[], $4::bigint[]) n(thread_id, latest, earliest) WHERE"
          " t.account_id = $1 AND t.thread_id = n.thread_id",
          account_id_, thread_ids, latest, earliest);
      if (!updated) return std::move(updated).error();
    }
    return copy_thread_keys();
  }

  Status copy_thread_keys() {
    if (page_.threads.new_keys.empty()) return ok();
    auto copy = CopyWriter::begin(connection_, "thread_keys (account_id, mid_key, thread_id)");
    if (!copy) return std::move(copy).error();
    for (const auto& [mid_key, thread_id] : page_.threads.new_keys) {
      copy->id(account_id_).id(mid_key).id(thread_id);
      if (Status row = copy->end_row(); !row) return row;
    }
    return copy->finish();
  }

  Status copy_placements() {
    if (page_.new_placements.empty()) return ok();
    auto copy = CopyWriter::begin(
        connection_,
        "placements (account_id, collection_id, remote_id, message_id, received_at, flags, effective_flags, generation,"
        " keywords, version)");
    if (!copy) return std::move(copy).error();
    for (const PlacementRow& row : page_.new_placements) {
      copy->id(account_id_).id(state_.collection_id).bytes(row.remote_id).id(row.message_id).integer(row.received_at);
      copy->integer(row.flags.bits).integer(row.flags.bits).integer(state_.generation);
      row.keywords == nullptr || row.keywords->empty() ? copy->null() : copy->texts(*row.keywords);
      row.version.empty() ? copy->null() : copy->bytes(row.version);
      if (Status end = copy->end_row(); !end) return end;
    }
    return copy->finish();
  }

  Status change_placements() {
    if (page_.changed_placements.empty()) return ok();
    std::vector<Bytes> remote_ids, versions;
    std::vector<ids::ObjectId> message_ids;
    std::vector<std::int64_t> flags;
    std::vector<std::string> keywords;  // each an array literal of its own: arrays of arrays must be rectangular
    for (const PlacementRow& row : page_.changed_placements) {
      remote_ids.push_back({row.remote_id});
      message_ids.push_back(row.message_id);
      versions.push_back({row.version});
      flags.push_back(row.flags.bits);
      keywords.push_back(row.keywords == nullptr || row.keywords->empty() ? "" : *to_sql(*row.keywords));
    }
    auto updated = connection_.query(
        "UPDATE placements p SET flags = n.flags, effective_flags = n.flags, keywords = nullif(n.keywords, '')::text[],"
        " effective_keywords = NULL, version = coalesce(nullif(n.version, ''), p.version), message_id = n.message_id"
        " FROM unnest($3::bytea[], $4::integer[], $5::text[], $6::bytea[], $7::uuid[]) n(remote_id, flags,"
        " keywords, version, message_id) WHERE p.account_id = $1 AND p.collection_id = $2 AND p.remote_id = n.remote_id",
        account_id_, state_.collection_id, remote_ids, flags, keywords, versions, message_ids);
    if (!updated) return std::move(updated).error();
    return ok();
  }

  // A snapshot's page names what is there: it belongs to the generation.
  Status mark_seen() {
    if (page_.seen_placements.empty()) return ok();
    auto marked = connection_.query(
        "UPDATE placements SET generation = $3 WHERE account_id = $1 AND collection_id = $2 AND remote_id ="
        " ANY($4::bytea[]) AND generation <> $3",
        account_id_, state_.collection_id, state_.generation, as_parameters(page_.seen_placements));
    if (!marked) return std::move(marked).error();
    return ok();
  }

  Status remove_placements() {
    if (page_.removed_placements.empty()) return ok();
    auto removed = connection_.query(
        "DELETE FROM placements WHERE account_id = $1 AND collection_id = $2 AND remote_id = ANY($3::bytea[])", account_id_,
        state_.collection_id, as_parameters(page_.removed_placements));
    if (!removed) return std::move(removed).error();
    return ok();
  }

  // What is in the snapshot's scope and was not named in this generation is gone.
  Status end_snapshot() {
    if (page_.kind != PageKind::snapshot || !page_.complete) return ok();
    auto removed = connection_.query(
        "DELETE FROM placements WHERE account_id = $1 AND collection_id = $2 AND generation < $3 AND received_at >= $4 AND"
        " standing <> 2",
        account_id_, state_.collection_id, state_.generation, window_start());
    if (!removed) return std::move(removed).error();
    return ok();
  }

  Status settle_held() { return held_.settle(page_.round, changes_, changed_threads_); }

  Status update_collection() {
    next_state_ = state_;
    next_state_.cursor = page_.next;
    next_state_.synced_token = page_.synced_token;
    next_state_.done += static_cast<std::int64_t>(page_.seen_placements.size() + page_.new_placements.size());
    if (page_.kind == PageKind::snapshot) {
      next_state_.in_snapshot = !page_.complete;
      if (page_.complete) next_state_.live = true;
      if (page_.total) next_state_.total = static_cast<std::int64_t>(*page_.total);
      if (page_.complete) next_state_.total = next_state_.done;
    }
    if (Status locked = held_.lock_counted(state_.collection_id); !locked) return locked;
    const EffectiveState::Counts of_held = held_.take_counts(state_.collection_id);
    auto updated = connection_.query(
        "UPDATE collections SET cursor = $3, phase = $4, in_snapshot = $5, done = $6, total = $7, total_count ="
        " total_count + $8, unread_count = unread_count + $9, synced_token = $10 WHERE account_id = $1 AND collection_id = $2",
        account_id_, state_.collection_id, Bytes{page_.next.bytes}, next_state_.live ? "live" : "initial",
        next_state_.in_snapshot, next_state_.done, next_state_.total, of_held.total + page_.new_messages_placed,
        of_held.unread + page_.new_messages_unread, next_state_.synced_token);
    if (!updated) return std::move(updated).error();
    if (updated->affected() == 0) {
      return Error{ErrorKind::not_found, ErrorScope::collection, Retry::never(), "the collection was removed", {}, {}, {}};
    }
    if (state_.live != next_state_.live) {
      changes_.push_back({ObjectType::folder, ChangeType::updated, state_.collection_id, bit(ChangedField::status)});
    }
    return held_.write_counts();
  }

  // What was there before the account was connected is history while a collection fills; new mail is not.
  std::vector<Change>& created(std::int64_t received_at) {
    return !state_.live && received_at < page_.history_before ? history_changes_ : changes_;
  }

  void note_threads() {
    std::unordered_set<ids::ObjectId> made(page_.threads.new_threads.begin(), page_.threads.new_threads.end());
    for (const auto& [thread_id, fields] : changed_threads_) {
      if (!made.contains(thread_id)) changes_.push_back({ObjectType::thread, ChangeType::updated, thread_id, fields});
    }
  }

  Connection& connection_;
  const AccountEpoch& account_;
  const ids::ObjectId& account_id_;
  const CollectionState& state_;
  const PageWrite& page_;
  CollectionState next_state_;
  EffectiveState held_;
  ThreadChanges changed_threads_;
  std::vector<Change> changes_, history_changes_;
};

}  // namespace

Result<PageOutcome> write_page(Connection& connection, const AccountEpoch& account, CollectionState& state,
                               const PageWrite& page) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  PageTransaction writing(connection, account, state, page);
  if (Status written = writing.write(); !written) return std::move(written).error();
  durability::passed(durability::DurableStep::page_written);
  if (Status committed = transaction->commit(); !committed) return std::move(committed).error();
  durability::passed(durability::DurableStep::page_committed);
  state = writing.committed();
  return writing.outcome();
}

Status erase_parts_of(Connection& connection, const ids::ObjectId& account_id, const Rows& gone, std::vector<Change>& changes) {
  std::vector<ids::ObjectId> message_ids;
  std::unordered_set<ids::ObjectId> thread_ids;
  for (int row = 0; row < gone.size(); ++row) {
    message_ids.push_back(gone.id(row, 0));
    thread_ids.insert(gone.id(row, 1));
  }
  for (const char* table : {"message_bodies", "message_search", "draft_versions"}) {
    auto erased = connection.query(std::string("DELETE FROM ") + table + " WHERE account_id = $1 AND message_id = ANY($2::uuid[])",
                                   account_id, message_ids);
    if (!erased) return std::move(erased).error();
  }
  auto threads = connection.query(
      "WITH span AS (SELECT w.thread_id, max(m.received_at) latest, min(m.received_at) earliest FROM unnest($2::uuid[])"
      " w(thread_id) LEFT JOIN messages m ON m.account_id = $1 AND m.thread_id = w.thread_id GROUP BY w.thread_id), empty AS"
      " (DELETE FROM threads t USING span WHERE t.account_id = $1 AND t.thread_id = span.thread_id AND span.latest IS NULL"
      " RETURNING t.thread_id), keys AS (DELETE FROM thread_keys k USING empty WHERE k.account_id = $1 AND k.thread_id ="
      " empty.thread_id), kept AS (UPDATE threads t SET latest_at = span.latest, earliest_at = span.earliest FROM span"
      " WHERE t.account_id = $1 AND t.thread_id = span.thread_id AND span.latest IS NOT NULL RETURNING t.thread_id) SELECT"
      " thread_id, true FROM empty UNION ALL SELECT thread_id, false FROM kept",
      account_id, std::vector<ids::ObjectId>(thread_ids.begin(), thread_ids.end()));
  if (!threads) return std::move(threads).error();
  for (int row = 0; row < threads->size(); ++row) {
    const bool empty = threads->boolean(row, 1);
    changes.push_back({ObjectType::thread, empty ? ChangeType::deleted : ChangeType::updated, threads->id(row, 0),
                       empty ? 0 : bit(ChangedField::messages)});
  }
  return ok();
}

Result<std::size_t> delete_orphans(Connection& connection, const AccountEpoch& account, std::int64_t round) {
  const ids::ObjectId& account_id = account.account_id;
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  auto gone = connection.query(
      "DELETE FROM messages WHERE account_id = $1 AND message_id IN (SELECT message_id FROM messages WHERE account_id = $1"
      " AND orphaned_round < $2 ORDER BY message_id LIMIT $3 FOR UPDATE) RETURNING message_id, thread_id",
      account_id, round, orphans_at_once_max);
  if (!gone) return std::move(gone).error();
  if (gone->empty()) return std::size_t{0};
  std::vector<Change> changes;
  for (int row = 0; row < gone->size(); ++row) {
    changes.push_back({ObjectType::message, ChangeType::deleted, gone->id(row, 0), 0});
  }
  if (Status erased = erase_parts_of(connection, account_id, *gone, changes); !erased) return std::move(erased).error();
  auto logged = append_changes(connection, account, changes, History::live);
  if (!logged) return std::move(logged).error();
  if (Status committed = transaction->commit(); !committed) return std::move(committed).error();
  durability::passed(durability::DurableStep::orphans_deleted);
  return static_cast<std::size_t>(gone->size());
}

Result<bool> has_orphans(Connection& connection, const ids::ObjectId& account_id) {
  auto rows = connection.query(
      "SELECT EXISTS (SELECT FROM messages WHERE account_id = $1 AND orphaned_round IS NOT NULL)", account_id);
  if (!rows) return std::move(rows).error();
  return rows->boolean(0, 0);
}

}  // namespace hermod::store
