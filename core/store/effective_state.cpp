#include "core/store/effective_state.hpp"

#include <algorithm>
#include <map>

#include "core/actions/replay.hpp"
#include "core/store/action_store.hpp"

namespace hermod::store {

namespace {

using actions::Placement;
using actions::Standing;

// The differences between placements as they are and as they shall be, to be written at once.
class PlacementChanges {
 public:
  void compare(const ids::ObjectId& message_id, const std::vector<Placement>& held,
               const std::vector<Placement>& wanted) {
    std::vector<Placement> arriving;
    for (const Placement& one : held) {
      if (one.standing == Standing::arriving) arriving.push_back(one);
    }
    for (const Placement& one : wanted) {
      if (one.standing == Standing::arriving) {
        const auto there = std::ranges::find(arriving, one.collection_id, &Placement::collection_id);
        if (there == arriving.end()) {
          arrive(message_id, one);
        } else {
          if (!looks_alike(*there, one)) change(one, arriving_remote_id(message_id));
          arriving.erase(there);
        }
        continue;
      }
      const auto before = std::ranges::find_if(held, [&](const Placement& other) {
        return other.collection_id == one.collection_id && other.remote_id == one.remote_id;
      });
      if (!looks_alike(*before, one) || before->standing != one.standing) change(one, one.remote_id);
    }
    for (const Placement& one : arriving) {
      gone_collections_.push_back(one.collection_id);
      gone_remote_ids_.push_back(arriving_remote_id(message_id));
    }
  }

  Status write(Connection& connection, const ids::ObjectId& account_id) {
    if (!collections_.empty()) {
      auto changed = connection.query(
          "UPDATE placements p SET effective_flags = n.flags, standing = n.standing, effective_keywords = "
          "nullif(n.keywords, '')::text[] FROM unnest($2::uuid[], $3::bytea[],"
          " $4::smallint[], $5::smallint[], $6::text[]) n(collection_id, remote_id, flags, standing, "
          "keywords) WHERE p.account_id "
          "= $1 AND"
          " p.collection_id = n.collection_id AND p.remote_id = n.remote_id",
          account_id, collections_, as_bytes(remote_ids_), flags_, standings_, keywords_);
      if (!changed) return std::move(changed).error();
    }
    if (!gone_collections_.empty()) {
      auto gone = connection.query(
          "DELETE FROM placements p USING unnest($2::uuid[], $3::bytea[]) n(collection_id, remote_id) WHERE "
          "p.account_id ="
          " $1 AND p.collection_id = n.collection_id AND p.remote_id = n.remote_id",
          account_id, gone_collections_, as_bytes(gone_remote_ids_));
      if (!gone) return std::move(gone).error();
    }
    if (!new_collections_.empty()) {
      auto made = connection.query(
          "INSERT INTO placements (account_id, collection_id, remote_id, message_id, received_at, flags, "
          "effective_flags,"
          " generation, standing, effective_keywords) SELECT $1, n.collection_id, n.remote_id, n.message_id, "
          "m.received_at, 0, n.flags, 0, 2, nullif(n.keywords, '')::text[]"
          " FROM unnest($2::uuid[], $3::bytea[], $4::uuid[], $5::smallint[], $6::text[]) n(collection_id, "
          "remote_id, message_id, flags, keywords)"
          " JOIN messages m ON m.account_id = $1 AND m.message_id = n.message_id",
          account_id, new_collections_, as_bytes(new_remote_ids_), new_messages_, new_flags_, new_keywords_);
      if (!made) return std::move(made).error();
    }
    return ok();
  }

 private:
  static std::vector<Bytes> as_bytes(const std::vector<std::string>& values) {
    std::vector<Bytes> bytes;
    for (const std::string& value : values) bytes.push_back({value});
    return bytes;
  }
  static bool looks_alike(const Placement& left, const Placement& right) {
    return left.effective_flags == right.effective_flags &&
           left.effective_keywords == right.effective_keywords;
  }
  // An array literal each, since arrays of arrays must be rectangular; none where they are as confirmed.
  static std::string keywords_of(const Placement& one) {
    return one.effective_keywords == one.keywords ? std::string() : *to_sql(one.effective_keywords);
  }
  void change(const Placement& one, std::string remote_id) {
    collections_.push_back(one.collection_id);
    remote_ids_.push_back(std::move(remote_id));
    flags_.push_back(one.effective_flags.bits);
    standings_.push_back(static_cast<std::int64_t>(one.standing));
    keywords_.push_back(keywords_of(one));
  }
  void arrive(const ids::ObjectId& message_id, const Placement& one) {
    new_collections_.push_back(one.collection_id);
    new_remote_ids_.push_back(arriving_remote_id(message_id));
    new_messages_.push_back(message_id);
    new_flags_.push_back(one.effective_flags.bits);
    new_keywords_.push_back(keywords_of(one));
  }

  std::vector<ids::ObjectId> collections_, gone_collections_, new_collections_, new_messages_;
  std::vector<std::string> remote_ids_, gone_remote_ids_, new_remote_ids_, keywords_, new_keywords_;
  std::vector<std::int64_t> flags_, standings_, new_flags_;
};

struct HeldMessage {
  std::vector<Placement> placements;
  std::vector<actions::Intent> intents;
};

}  // namespace

namespace {
constexpr std::string_view arriving_prefix("\0arriving ", 10);
}

std::string arriving_remote_id(const ids::ObjectId& id) {
  return std::string(arriving_prefix) + ids::to_public(id);
}
bool is_arriving_remote_id(std::string_view remote_id) { return remote_id.starts_with(arriving_prefix); }

void append_threads(std::vector<Change>& changes, const ThreadChanges& threads) {
  for (const auto& [thread_id, fields] : threads)
    changes.push_back({ObjectType::thread, ChangeType::updated, thread_id, fields});
}

Status EffectiveState::lock(const std::vector<ids::ObjectId>& message_ids) {
  std::vector<ids::ObjectId> wanted;
  for (const ids::ObjectId& id : message_ids) {
    if (!before_.contains(id)) wanted.push_back(id);
  }
  if (wanted.empty()) return ok();
  std::ranges::sort(wanted);
  auto rows = connection_.query(
      "SELECT message_id, unread, starred, orphaned_round IS NOT NULL, orphaned_round = $3, folders, "
      "keywords FROM messages"
      " WHERE account_id = $1 AND message_id = ANY($2::uuid[]) ORDER BY message_id FOR UPDATE",
      account_id_, wanted, hidden_by_action);
  if (!rows) return std::move(rows).error();
  std::vector<ids::ObjectId> locked;
  for (int row = 0; row < rows->size(); ++row) {
    locked.push_back(rows->id(row, 0));
    before_.try_emplace(rows->id(row, 0),
                        Before{rows->boolean(row, 1), rows->boolean(row, 2), rows->boolean(row, 3),
                               rows->boolean(row, 4), std::string(rows->text(row, 5)),
                               std::string(rows->text(row, 6))});
  }
  return count(locked, -1);
}

bool EffectiveState::is_shown(const ids::ObjectId& message_id) const {
  const auto found = before_.find(message_id);
  return found != before_.end() && !found->second.hidden;
}

Status EffectiveState::count(const std::vector<ids::ObjectId>& message_ids, int sign) {
  if (message_ids.empty()) return ok();
  auto rows = connection_.query(
      "SELECT collection_id, count(*), count(*) FILTER (WHERE effective_flags & 1 = 0) FROM placements WHERE "
      "account_id = $1"
      " AND message_id = ANY($2::uuid[]) AND standing <> 1 GROUP BY collection_id",
      account_id_, message_ids);
  if (!rows) return std::move(rows).error();
  for (int row = 0; row < rows->size(); ++row) {
    Counts& counts = counts_[rows->id(row, 0)];
    counts.total += sign * rows->integer(row, 1);
    counts.unread += sign * rows->integer(row, 2);
  }
  return ok();
}

Status EffectiveState::settle(std::int64_t round, std::vector<Change>& changes, ThreadChanges& threads) {
  std::vector<ids::ObjectId> message_ids;
  for (const auto& [message_id, before] : before_) message_ids.push_back(message_id);
  if (message_ids.empty()) return ok();
  std::ranges::sort(message_ids);
  if (Status replayed = replay_actions(message_ids); !replayed) return replayed;
  if (Status noted = note_changes(message_ids, round, changes, threads); !noted) return noted;
  return count(message_ids, +1);
}

Status EffectiveState::replay_actions(const std::vector<ids::ObjectId>& message_ids) {
  auto intents = open_intents(connection_, account_id_, message_ids);
  if (!intents) return std::move(intents).error();
  std::vector<ids::ObjectId> with_actions;
  std::map<ids::ObjectId, HeldMessage> held;
  for (auto& [message_id, intent] : *intents) {
    if (intent.folders) {
      intent.folders->empty() ? (void)deleted_for_good_.insert(message_id)
                              : (void)deleted_for_good_.erase(message_id);
    }
    HeldMessage& message = held[message_id];
    if (message.intents.empty()) with_actions.push_back(message_id);
    message.intents.push_back(std::move(intent));
  }
  // Those with actions, and those that had some: there what is confirmed and what is shown differ.
  auto rows = connection_.query(
      "SELECT p.message_id, p.collection_id, p.remote_id, p.flags, p.effective_flags, p.standing, "
      "p.keywords, p.effective_keywords FROM placements p WHERE p.account_id = $1 AND p.message_id IN"
      " (SELECT d.message_id FROM placements d WHERE d.account_id = $1 AND d.message_id = ANY($2::uuid[]) "
      "AND (d.standing <> 0"
      " OR d.effective_flags <> d.flags OR d.effective_keywords IS NOT NULL) UNION ALL SELECT "
      "unnest($3::uuid[])) ORDER BY p.message_id, p.collection_id, p.remote_id",
      account_id_, message_ids, with_actions);
  if (!rows) return std::move(rows).error();
  for (int row = 0; row < rows->size(); ++row) {
    HeldMessage& message = held[rows->id(row, 0)];
    message.placements.push_back({rows->id(row, 1),
                                  rows->bytes(row, 2),
                                  {static_cast<std::uint16_t>(rows->integer(row, 3))},
                                  {static_cast<std::uint16_t>(rows->integer(row, 4))},
                                  static_cast<Standing>(rows->integer(row, 5)),
                                  rows->texts(row, 6),
                                  rows->texts(row, rows->is_null(row, 7) ? 6 : 7)});
  }
  PlacementChanges differences;
  for (const auto& [message_id, message] : held) {
    std::vector<Placement> confirmed = message.placements;
    std::erase_if(confirmed, [](const Placement& one) { return one.standing == Standing::arriving; });
    differences.compare(message_id, message.placements,
                        actions::replay(std::move(confirmed), message.intents));
  }
  return differences.write(connection_, account_id_);
}

Status EffectiveState::note_changes(const std::vector<ids::ObjectId>& message_ids, std::int64_t round,
                                    std::vector<Change>& changes, ThreadChanges& threads) {
  const std::vector<ids::ObjectId> deleted(deleted_for_good_.begin(), deleted_for_good_.end());
  auto rows = connection_.query(
      "UPDATE messages m SET unread = coalesce(s.unread, m.unread), starred = coalesce(s.starred, m.starred),"
      " folders = coalesce(s.folders, '{}'), orphaned_round = CASE WHEN m.message_id = ANY($4::uuid[]) THEN "
      "$5 WHEN s.placed"
      " THEN NULL WHEN m.orphaned_round = $5 THEN $3 ELSE coalesce(m.orphaned_round, $3) END, keywords = CASE "
      "WHEN NOT s.placed THEN m.keywords WHEN s.with_keywords THEN (SELECT array_agg(k ORDER BY lower(k COLLATE "
      "\"C\")) FROM (SELECT DISTINCT ON (lower(k COLLATE \"C\")) k FROM placements p, "
      "unnest(coalesce(p.effective_keywords, p.keywords) || CASE WHEN p.effective_flags & 32 <> 0 THEN "
      "$6::text[] END) k WHERE p.account_id = $1 AND p.message_id = m.message_id AND p.standing <> 1 ORDER "
      "BY lower(k COLLATE \"C\"), k COLLATE \"C\") w) END FROM (SELECT w.message_id,"
      " bool_and((p.effective_flags & 1) = 0) unread, bool_or((p.effective_flags & 2) <> 0) starred,"
      " array_agg(DISTINCT p.collection_id) FILTER (WHERE p.collection_id IS NOT NULL) folders,"
      " bool_or(p.effective_flags & 32 <> 0 OR coalesce(p.effective_keywords, p.keywords) IS NOT NULL) "
      "with_keywords, count(p.message_id) > 0 placed FROM unnest($2::uuid[]) w(message_id) LEFT JOIN placements "
      "p ON p.account_id = $1"
      " AND p.message_id = w.message_id AND p.standing <> 1 GROUP BY w.message_id) s WHERE m.account_id = $1 "
      "AND m.message_id ="
      " s.message_id RETURNING m.message_id, m.unread, m.starred, m.orphaned_round IS NOT NULL, m.folders, "
      "m.thread_id, m.keywords",
      account_id_, message_ids, round, deleted, hidden_by_action,
      actions::Keywords{std::string(actions::forwarded_keyword)});
  if (!rows) return std::move(rows).error();
  for (int row = 0; row < rows->size(); ++row) {
    const ids::ObjectId message_id = rows->id(row, 0);
    const Before& before = before_.at(message_id);
    const bool hidden = deleted_for_good_.contains(message_id);
    if (hidden != before.hidden) {
      changes.push_back(
          {ObjectType::message, hidden ? ChangeType::deleted : ChangeType::created, message_id, 0});
      threads[rows->id(row, 5)] |= bit(ChangedField::messages);
      continue;
    }
    if (hidden) continue;
    if (rows->boolean(row, 3)) {
      ++orphaned_;
      continue;
    }
    std::int32_t fields = 0;
    if (rows->boolean(row, 1) != before.unread) fields |= bit(ChangedField::unread);
    if (rows->boolean(row, 2) != before.starred) fields |= bit(ChangedField::starred);
    if (rows->text(row, 4) != before.folders) fields |= bit(ChangedField::folders);
    if (fields != 0) threads[rows->id(row, 5)] |= fields;
    if (rows->text(row, 6) != before.keywords) fields |= bit(ChangedField::keywords);  // a thread has none
    if (fields != 0) changes.push_back({ObjectType::message, ChangeType::updated, message_id, fields});
  }
  return ok();
}

Status EffectiveState::lock_counted(const ids::ObjectId& collection_id) {
  std::vector<ids::ObjectId> wanted{collection_id};
  for (const auto& [counted_id, counts] : counts_) {
    if (counts.total != 0 || counts.unread != 0) wanted.push_back(counted_id);
  }
  if (wanted.size() == 1) return ok();  // whoever changes it locks it
  auto locked = connection_.query(
      "SELECT FROM collections WHERE account_id = $1 AND collection_id = ANY($2::uuid[]) ORDER BY collection_id FOR NO KEY UPDATE",
      account_id_, wanted);
  if (!locked) return std::move(locked).error();
  return ok();
}

EffectiveState::Counts EffectiveState::take_counts(const ids::ObjectId& collection_id) {
  const auto found = counts_.find(collection_id);
  if (found == counts_.end()) return {};
  return std::exchange(found->second, {});
}

Status EffectiveState::write_counts() {
  std::map<ids::ObjectId, Counts> changed;  // by id
  for (const auto& [collection_id, counts] : counts_) {
    if (counts.total != 0 || counts.unread != 0) changed.emplace(collection_id, counts);
  }
  for (const auto& [collection_id, counts] : changed) {
    auto written = connection_.query(
        "UPDATE collections SET total_count = total_count + $3, unread_count = unread_count + $4 WHERE "
        "account_id = $1 AND"
        " collection_id = $2",
        account_id_, collection_id, counts.total, counts.unread);
    if (!written) return std::move(written).error();
  }
  return ok();
}

}  // namespace hermod::store
