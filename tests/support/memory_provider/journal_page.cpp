#include "tests/support/memory_provider/journal_page.hpp"

#include <algorithm>

namespace hermod::memory {
namespace {

std::string serial_key(const std::string& folder_id, const SessionOptions& options) {
  return options.device + " " + folder_id;
}

struct Change {
  std::uint64_t number, uid;
  enum class What : std::uint8_t { entry, removal } what;
};

class JournalReader {
 public:
  JournalReader(MailboxState& state, const Folder& folder, Position position, const Shape& shape)
      : state_(state), folder_(folder), position_(std::move(position)), shape_(shape) {}

  ChangePage read() {
    page_.kind = position_.phase;
    if (position_.phase == PageKind::delta) take_left_window();
    const std::uint64_t arrived_before = position_.arrived;
    page_.complete = take_arrivals() && take_changes(arrived_before) && take_history();
    if (shape_.options.has(Mode::window)) {
      page_.scope = SnapshotScope::time_window;
      page_.window_start = position_.window_start;
    }
    page_.total = folder_.entries.size();
    page_.next_use = shape_.options.has(Mode::consumed) ? NextUse::after_commit : NextUse::ahead;
    if (page_.complete) position_.phase = PageKind::delta;
    return std::move(page_);
  }
  const Position& position() const { return position_; }

 private:
  bool full(std::uint64_t more_bytes) const {
    const std::size_t said = page_.items.size() + page_.removals.size();
    return said >= std::max<std::size_t>(shape_.limits.items_max, 1) ||
           (said > 0 && bytes_ + more_bytes > shape_.limits.page_bytes_max);
  }
  std::uint64_t inline_size(const Entry& entry) const {
    const std::uint64_t size = entry.message->raw.size();
    return shape_.options.has(Mode::metadata) || size > shape_.limits.inline_bytes ? 0 : size;
  }
  bool in_window(const Entry& entry) const { return entry.message->received_at >= position_.window_start; }

  // An echo tells the session what it did itself, unless someone else was there too.
  bool is_echo(const std::string& by) const {
    return shape_.options.has(Mode::no_echo) && by == shape_.options.device;
  }
  std::uint64_t last_change(const Entry& entry) const {
    return is_echo(entry.changed_by) ? entry.changed_by_others : entry.changed;
  }

  // Of the three that take: false: the page is full before the last of them.
  bool take_arrivals() {
    for (auto at = folder_.entries.lower_bound(position_.arrived); at != folder_.entries.end(); ++at) {
      const auto& [uid, entry] = *at;
      if (in_window(entry) && last_change(entry) > position_.head) {
        if (full(inline_size(entry))) return false;
        take(uid, Content::whole);
      }
      position_.arrived = uid + 1;
    }
    return true;
  }

  std::vector<Change> changes(std::uint64_t arrived_before) const {
    std::vector<Change> changes;
    for (const auto& [uid, entry] : folder_.entries) {
      // History is told as it is by then, arrivals were told above.
      if (uid < position_.backfill || uid >= arrived_before || !in_window(entry)) continue;
      if (last_change(entry) > position_.head) changes.push_back({entry.changed, uid, Change::What::entry});
    }
    for (const Tombstone& stone : folder_.tombstones) {
      if (stone.changed > position_.head && !is_echo(stone.removed_by)) {
        changes.push_back({stone.changed, stone.uid, Change::What::removal});
      }
    }
    std::ranges::sort(changes, {}, &Change::number);
    return changes;
  }
  bool take_changes(std::uint64_t arrived_before) {
    for (const Change& change : changes(arrived_before)) {
      if (full(0)) return false;
      if (change.what == Change::What::removal) {
        page_.removals.push_back({remote_id_of(folder_, change.uid), RemovalReason::moved_or_deleted});
      } else if (shape_.options.sabotage != Sabotage::law2) {
        take(change.uid, Content::as_held);
      }
      position_.head = change.number;
    }
    position_.head = std::max(position_.head, folder_.changed);
    return true;
  }

  bool take_history() {
    while (position_.backfill > 0) {
      const auto next = folder_.entries.lower_bound(position_.backfill);
      if (next == folder_.entries.begin()) break;
      const auto& [uid, entry] = *std::prev(next);
      if (in_window(entry)) {
        if (full(inline_size(entry))) return false;
        take(uid, Content::whole);
      }
      position_.backfill = uid;
    }
    position_.backfill = 0;
    return true;
  }

  void take_left_window() {
    if (shape_.window_start <= position_.window_start) return;
    for (const auto& [uid, entry] : folder_.entries) {
      if (in_window(entry) && entry.message->received_at < shape_.window_start) {
        page_.removals.push_back({remote_id_of(folder_, uid), RemovalReason::left_window});
      }
    }
    position_.window_start = shape_.window_start;
  }

  void take(std::uint64_t uid, Content content) {
    page_.items.push_back(to_item(state_, folder_, uid, content, shape_));
    bytes_ += page_.items.back().raw.size();
  }

  MailboxState& state_;
  const Folder& folder_;
  Position position_;
  const Shape& shape_;
  ChangePage page_;
  std::uint64_t bytes_ = 0;
};

// The page of the saboteur of law 1: some message differs each time.
void make_restless(MailboxState& state, const Folder& folder, ChangePage& page, const Shape& shape) {
  if (page.kind != PageKind::delta || folder.entries.empty() || !page.items.empty()) return;
  Item item = to_item(state, folder, folder.entries.begin()->first, Content::as_held, shape);
  item.keywords.push_back("restless" + std::to_string(state.times_served++));
  page.items.push_back(std::move(item));
}

}  // namespace

Result<Position> position_of(MailboxState& state, const std::string& folder_id, const SyncCursor& cursor,
                             const Shape& shape) {
  const auto found = state.folders.find(folder_id);
  if (found == state.folders.end()) {
    return Error{
        ErrorKind::not_found, ErrorScope::collection, Retry::never(), "the folder is gone", {}, {}, {}};
  }
  const Folder& folder = found->second;
  if (cursor.empty()) {
    Position begin;
    begin.epoch = folder.epoch;
    begin.head = folder.changed;
    begin.arrived = begin.backfill = folder.uid_next;
    begin.window_start = shape.window_start;
    return begin;
  }
  std::optional<Position> position = to_position(cursor);
  bool valid = position && position->epoch == folder.epoch;
  if (valid && shape.options.has(Mode::consumed)) {
    const std::vector<std::uint64_t>& serials = state.valid_cursors[serial_key(folder_id, shape.options)];
    valid = std::ranges::find(serials, position->serial) != serials.end();
  }
  if (!valid) {
    return Error{ErrorKind::cursor_invalid,
                 ErrorScope::collection,
                 Retry::now(),
                 "the cursor is not valid",
                 {},
                 {},
                 {}};
  }
  return std::move(*position);
}

SyncCursor issue_cursor(MailboxState& state, const std::string& folder_id, Position position,
                        const SessionOptions& options) {
  if (options.has(Mode::consumed)) {
    const std::uint64_t led_here = std::exchange(position.serial, state.next_serial++);
    state.valid_cursors[serial_key(folder_id, options)] = {led_here, position.serial};
  }
  return to_cursor(position);
}

Result<ChangePage> journal_page(MailboxState& state, const std::string& folder_id, const SyncCursor& cursor,
                                const Shape& shape) {
  const Sabotage sabotage = shape.options.sabotage;
  Result<Position> position = position_of(state, folder_id, cursor, shape);
  if (!position) {
    if (sabotage != Sabotage::law4 || position.error().kind != ErrorKind::cursor_invalid)
      return std::move(position).error();
    ChangePage nothing;
    nothing.next = cursor;
    nothing.complete = true;
    return nothing;
  }
  SyncCursor& furthest = state.furthest[serial_key(folder_id, shape.options)];
  if (sabotage == Sabotage::law3 && !furthest.empty()) *position = *to_position(furthest);
  const Folder& folder = state.folders.at(folder_id);
  JournalReader reader(state, folder, std::move(*position), shape);
  ChangePage page = reader.read();
  if (sabotage == Sabotage::law1) make_restless(state, folder, page, shape);
  page.next = issue_cursor(state, folder_id, reader.position(), shape.options);
  furthest = page.next;
  if (page.complete) state.seen_to_the_end(folder_id);
  return page;
}

}  // namespace hermod::memory
