#include "server/feed/feed_reader.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/store/application_store.hpp"
#include "core/store/existing_objects.hpp"
#include "server/failure.hpp"
#include "server/feed/object_reader.hpp"

namespace hermod::server {
namespace {

using store::ObjectType;

constexpr ObjectType snapshot_order[] = {ObjectType::grant, ObjectType::folder, ObjectType::thread,
                                         ObjectType::message};

constexpr int account_cost = 10;  // of the entries that a page may pass over

Error expired(Error error) {
  error.message = "the cursor is older than the change log";
  error.hint = "start again: without a cursor for everything that exists, or with cursor=now for what comes";
  return error;
}

Result<std::int64_t> end_of_log(store::Connection& connection, const FeedScope& scope) {
  return scope.kind == FeedScope::Kind::grant ? store::last_account_change(connection, scope.id)
                                              : store::last_position(connection);
}

FeedCursor log_cursor(std::int64_t number) {
  FeedCursor cursor;
  cursor.number = number;
  return cursor;
}

// Reads one page; entries are appended as they come.
class PageReader {
 public:
  PageReader(store::Connection& connection, const FeedScope& scope, const FeedFilter& filter, int limit)
      : connection_(connection), scope_(scope), filter_(filter), limit_(static_cast<std::size_t>(limit)) {}

  Result<FeedPage> read(const FeedCursor& from) {
    page_.next = from;
    page_.more = true;
    while (page_.more && page_.entries.size() < limit_ && passed_over_ < passed_over_max) {
      const Status step = page_.next.stage == FeedCursor::Stage::snapshot ? read_snapshot() : read_log();
      if (!step) return step.error();
    }
    if (filter_.data == EntryData::included) {
      if (Status added = add_data(connection_, page_.entries); !added) return std::move(added).error();
    }
    return std::move(page_);
  }

 private:
  int left() const { return static_cast<int>(limit_ - page_.entries.size()); }
  // How many to read at once: a filter may take few of them.
  int read_limit() const {
    const bool narrow = !filter_.folders.empty() || !filter_.grants.empty() || passed_over_ > 0;
    return narrow ? feed_limit_max : left();
  }

  Status read_log() {
    const bool of_grant = scope_.kind == FeedScope::Kind::grant;
    auto read = of_grant ? store::account_changes(connection_, scope_.id, page_.next.number, read_limit())
                         : store::all_changes(connection_, scope_.id, page_.next.number, read_limit());
    if (!read && read.error().kind == ErrorKind::cursor_invalid) return expired(std::move(read).error());
    if (!read) return std::move(read).error();
    std::vector<FeedEntry> entries;
    for (const store::LoggedChange& change : read->changes)
      entries.push_back({change, log_cursor(of_grant ? change.seq : change.position), std::nullopt});
    auto whole = take(std::move(entries));
    if (!whole) return std::move(whole).error();
    if (!*whole) return ok();
    page_.next.number = read->next;
    page_.more = read->more;
    return ok();
  }

  Status read_snapshot() {
    FeedCursor& at = page_.next;
    if (at.account_id == ids::ObjectId{}) return next_account();
    const int limit = read_limit();
    std::vector<ids::ObjectId> ids;
    if (filter_.types.has(at.object, store::ChangeType::created) && takes_account(at.account_id)) {
      auto found = store::existing_objects(connection_, at.account_id, at.object, at.object_id, limit);
      if (!found) return std::move(found).error();
      ids = std::move(*found);
    }
    const std::int64_t now = store::unix_seconds();
    std::vector<FeedEntry> entries;
    for (const ids::ObjectId& id : ids) {
      FeedCursor after = at;
      after.object_id = id;
      store::LoggedChange change;
      change.account_id = at.account_id;
      change.object = at.object;
      change.change = store::ChangeType::created;
      change.object_id = id;
      change.at = now;
      change.initial = true;
      entries.push_back({change, after, std::nullopt});
    }
    auto whole = take(std::move(entries));
    if (!whole) return std::move(whole).error();
    if (!*whole) return ok();
    if (!ids.empty()) at.object_id = ids.back();
    return static_cast<int>(ids.size()) < limit ? next_object() : ok();
  }

  bool takes_account(const ids::ObjectId& account_id) const {
    return filter_.grants.empty() || std::ranges::find(filter_.grants, account_id) != filter_.grants.end();
  }

  Status next_object() {
    FeedCursor& at = page_.next;
    const auto* part = std::ranges::find(snapshot_order, at.object);
    at.object_id = {};
    if (part != std::end(snapshot_order) && ++part != std::end(snapshot_order)) {
      at.object = *part;
      return ok();
    }
    if (scope_.kind == FeedScope::Kind::application) return next_account();
    at = log_cursor(at.number);
    return ok();
  }

  Status next_account() {
    FeedCursor& at = page_.next;
    passed_over_ += account_cost;
    auto accounts = scope_.kind == FeedScope::Kind::application
                        ? store::existing_accounts(connection_, scope_.id, at.account_id, 1)
                        : Result<std::vector<ids::ObjectId>>(std::vector<ids::ObjectId>{scope_.id});
    if (!accounts) return std::move(accounts).error();
    if (accounts->empty()) {
      at = log_cursor(at.number);
      return ok();
    }
    at.account_id = accounts->front();
    at.object = snapshot_order[0];
    at.object_id = {};
    return ok();
  }

  // Appends what the filter takes. False when the page was full before the end: `next` is then set.
  Result<bool> take(std::vector<FeedEntry> entries) {
    std::vector<store::LoggedChange> changes;
    for (const FeedEntry& entry : entries) changes.push_back(entry.change);
    auto passes = passes_folders(connection_, filter_.folders, changes);
    if (!passes) return std::move(passes).error();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (!filter_.takes(entries[i].change) || !(*passes)[i]) {
        ++passed_over_;
        continue;
      }
      if (page_.entries.size() == limit_) return false;
      page_.next = entries[i].cursor;
      page_.entries.push_back(std::move(entries[i]));
    }
    return true;
  }

  store::Connection& connection_;
  const FeedScope& scope_;
  const FeedFilter& filter_;
  const std::size_t limit_;
  FeedPage page_;
  int passed_over_ = 0;
};

bool is_message(ObjectType object) { return object == ObjectType::message || object == ObjectType::draft; }

bool may_have_left(const store::LoggedChange& change) {
  return change.change == store::ChangeType::deleted ||
         (change.fields & store::bit(store::ChangedField::folders)) != 0;
}

}  // namespace

Result<FeedCursor> snapshot_cursor(store::Connection& connection, const FeedScope& scope) {
  auto cursor = now_cursor(connection, scope);
  if (cursor) cursor->stage = FeedCursor::Stage::snapshot;
  return cursor;
}

Result<FeedCursor> now_cursor(store::Connection& connection, const FeedScope& scope) {
  auto end = end_of_log(connection, scope);
  if (!end) return std::move(end).error();
  return log_cursor(*end);
}

Result<FeedPage> read_feed(store::Connection& connection, const FeedScope& scope, const FeedCursor& from,
                           const FeedFilter& filter, int limit) {
  return PageReader(connection, scope, filter, limit).read(from);
}

Result<std::vector<bool>> passes_folders(store::Connection& connection,
                                         const std::vector<std::string>& folders,
                                         std::span<const store::LoggedChange> changes) {
  std::vector<bool> passes(changes.size(), true);
  if (folders.empty()) return passes;
  std::map<ids::ObjectId, std::vector<ids::ObjectId>> asked;  // by account
  for (const store::LoggedChange& change : changes) {
    if (is_message(change.object) && !may_have_left(change))
      asked[change.account_id].push_back(change.object_id);
  }
  std::set<ids::ObjectId> inside;
  for (const auto& [account_id, message_ids] : asked) {
    auto found = store::messages_in_folders(connection, account_id, message_ids, folders);
    if (!found) return std::move(found).error();
    inside.merge(*found);
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (is_message(changes[i].object) && !may_have_left(changes[i]))
      passes[i] = inside.contains(changes[i].object_id);
  }
  return passes;
}

Status add_data(store::Connection& connection, std::span<FeedEntry> entries) {
  std::map<ids::ObjectId, std::vector<FeedEntry*>> of_account;
  for (FeedEntry& entry : entries) {
    if (entry.change.change != store::ChangeType::deleted)
      of_account[entry.change.account_id].push_back(&entry);
  }
  for (auto& [account_id, wanted] : of_account) {
    std::vector<ObjectRef> refs;
    for (const FeedEntry* entry : wanted)
      refs.push_back({entry->change.object, entry->change.object_id, entry->change.change});
    auto objects = read_objects(connection, account_id, refs);
    if (!objects) return std::move(objects).error();
    for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i]->data = std::move((*objects)[i]);
  }
  return ok();
}

}  // namespace hermod::server
