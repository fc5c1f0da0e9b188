#include "plugins/imap/session/folder_pass.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

#include "plugins/imap/client/fetch.hpp"
#include "plugins/imap/client/search.hpp"
#include "plugins/imap/mapping/flags.hpp"
#include "plugins/imap/mapping/item_id.hpp"
#include "plugins/imap/session/folder_items.hpp"
#include "plugins/imap/session/limits.hpp"
#include "plugins/imap/session/reused_uids.hpp"

namespace hermod::imap {
namespace {

using Phase = FolderCursor::Phase;

Error cursor_invalid(std::string_view why) {
  return {ErrorKind::cursor_invalid,
          ErrorScope::collection,
          Retry::now(),
          "the folder must be listed anew",
          std::string(why),
          {},
          {}};
}

Uid top_of(const UidSet& set) { return set.empty() ? Uid{} : set.ranges().back().last; }

}  // namespace

KnownItems FolderPass::known() const {
  return KnownItems(connection_.host().known(), {mailbox_}, cursor_.uid_validity);
}

Task<Result<ChangePage>> FolderPass::run() {
  const bool new_pass =
      !begins_ && cursor_.phase == Phase::settled && cursor_.gaps.empty() && !memory_.pending.has_value();
  if (auto opened = co_await open(new_pass); !opened) co_return std::move(opened).error();
  if (new_pass) {
    if (auto begun = co_await begin_pass(); !begun) co_return std::move(begun).error();
  }
  ChangePage page;
  page.kind = cursor_.phase == Phase::snapshot ? PageKind::snapshot : PageKind::delta;
  if (!dropped_.empty()) {  // before what has their numbers now
    for (auto& id : dropped_) page.removals.push_back({std::move(id), RemovalReason::moved_or_deleted});
    finish(page);
    co_return std::move(page);
  }
  const auto gaps = cursor_.gaps;
  if (!gaps.empty()) {
    if (auto found = co_await find_existing(limits_.items_max); !found) co_return std::move(found).error();
  }
  if (const auto newest = memory_.existing.newest(std::max<std::size_t>(limits_.items_max, 1));
      !newest.empty()) {
    auto listed = co_await list_items(connection_, known(), newest, limits_, memory_.facts);
    if (!listed) co_return std::move(listed).error();
    memory_.existing = memory_.existing.minus(listed->served);
    // Everything from the lowest one served upwards is done: it was served, or it does not exist.
    const Uid lowest = listed->served.ranges().front().first;
    cursor_.gaps = cursor_.gaps.within(Uid{1}, Uid{lowest.value - 1});
    // Where nothing more was found no page is needed to say so.
    if (memory_.existing.empty()) cursor_.gaps = cursor_.gaps.minus(memory_.searched);
    cursor_.messages += static_cast<std::uint32_t>(listed->items.size());
    page.items = std::move(listed->items);
  } else {
    cursor_.gaps = {};
  }
  if (auto added = co_await add_vanished(page, gaps.minus(cursor_.gaps)); !added)
    co_return std::move(added).error();
  serve_pending(page);
  finish(page);
  co_return std::move(page);
}

// What a write put there, and somebody took away before it was listed. No server tells that by itself: we
// never were told of it.
Task<Status> FolderPass::add_vanished(ChangePage& page, UidSet listed) {
  std::vector<Uid> served;
  for (const auto& item : page.items) served.push_back(parse_item_id(item.remote_id)->uid);
  auto held = co_await known().find(listed.minus(UidSet::of(std::move(served))));
  if (!held) co_return std::move(held).error();
  for (auto& [uid, item] : *held) {
    page.removals.push_back({std::move(item.remote_id), RemovalReason::moved_or_deleted});
  }
  co_return ok();
}

// Opens the mailbox, unless it is open and tells no news; notes what is new.
Task<Status> FolderPass::open(bool new_pass) {
  const auto& selected = connection_.selected();
  // One that a writer opened tells nothing of what came before it did.
  const bool usable = selected && selected->name == mailbox_ && !selected->writable && !begins_ &&
                      !new_pass && !(selected->grown && selected->uids_sticky);
  if (!usable) {
    std::optional<SyncPoint> since;
    if (new_pass && cursor_.base) since = SyncPoint{cursor_.uid_validity, cursor_.base};
    auto* changes = since ? &reported_ : nullptr;
    if (auto opened = co_await open_mailbox(connection_, mailbox_, since, changes); !opened) co_return opened;
  }
  messages_at_open_ = selected->messages;
  if (begins_) {
    cursor_.uid_validity = selected->uid_validity;
    cursor_.base = selected->highest_modseq.value_or(ModSeq{});
    cursor_.next = Uid{1};
  } else if (selected->uid_validity != cursor_.uid_validity) {
    connection_.host().log().write(LogLevel::info, "select.uidvalidity_changed",
                                   {{"was", std::to_string(cursor_.uid_validity.value)},
                                    {"now", std::to_string(selected->uid_validity.value)}});
    co_return cursor_invalid("UIDVALIDITY changed");
  }
  if (usable) co_return ok();
  const auto next = co_await uid_next();
  if (!next) co_return next.error();
  told_next_ = *next;
  note_new_mail(*next);
  co_return ok();
}

// Quirk(Courier): no UIDNEXT in the answer to SELECT.
Task<Result<Uid>> FolderPass::uid_next() {
  const auto& selected = connection_.selected();
  if (selected->uid_next) co_return *selected->uid_next;
  if (selected->messages == 0) co_return cursor_.next;
  co_return co_await find_uid_next(connection_, cursor_.next);
}

void FolderPass::note_new_mail(Uid uid_next) {
  if (uid_next <= cursor_.next) return;
  note_unknown(UidSet({{cursor_.next, Uid{uid_next.value - 1}}}));
  cursor_.next = uid_next;
}

// Adds to the gaps; when there are too many, the newest stay and the others wait for the next comparison.
void FolderPass::note_unknown(const UidSet& uids) {
  auto ranges = cursor_.gaps.united_with(uids).ranges();
  if (ranges.size() > FolderCursor::gaps_max) {
    ranges.erase(ranges.begin(), ranges.end() - FolderCursor::gaps_max);
  }
  cursor_.gaps = UidSet(std::move(ranges));
}

Task<Status> FolderPass::begin_pass() {
  const auto& selected = connection_.selected();
  const auto modseq = selected->highest_modseq.value_or(ModSeq{});
  cursor_.page = 0;
  memory_.pending.emplace().target = modseq;
  // A lower number than ours: the mailbox was restored from a backup; nothing below can be trusted.
  if (told_next_ < cursor_.next || (modseq && modseq < cursor_.base)) {
    if (auto dropped = co_await drop_reused(); !dropped || !dropped_.empty()) co_return dropped;
  }
  if (!cursor_.base || modseq < cursor_.base) {
    if (auto compared = co_await compare_without_modseq(); !compared) co_return compared;
    if (top_matched_ == Uid{}) co_return ok();
    const auto reused = co_await is_reused(connection_, known(), top_matched_);
    if (!reused) co_return reused.error();
    if (*reused) co_return co_await drop_reused();
    co_return ok();
  }
  if (modseq > cursor_.base && !connection_.qresync_enabled()) {
    auto changes = co_await fetch_flags(connection_, Uid{1}, Uid{cursor_.next.value - 1}, cursor_.base);
    if (!changes) co_return std::move(changes).error();
    reported_ = *std::move(changes);
  }
  if (auto taken = co_await take_reported(std::exchange(reported_, {})); !taken) co_return taken;
  co_return co_await verify_count();
}

// What has their numbers now is listed once the store has let them go; then the pass begins anew. Whatever
// else was restored shows in no mod-sequence, since those may have passed ours again by then: the whole
// folder is compared.
Task<Status> FolderPass::drop_reused() {
  cursor_.base = {};
  cursor_.recent_from = {};
  auto found = co_await find_reused(connection_, known(), told_next_);
  if (!found) co_return std::move(found).error();
  if (found->whole) cursor_.next = std::min(cursor_.next, told_next_);
  if (found->gone.empty()) co_return ok();
  connection_.host().log().write(LogLevel::warn, "select.uids_reused",
                                 {{"messages", std::to_string(found->gone.size())}});
  dropped_ = std::move(found->gone);
  cursor_.messages -= std::min(cursor_.messages, static_cast<std::uint32_t>(dropped_.size()));
  memory_.pending.reset();
  co_return ok();
}

// UIDs that we never had may be among what a server reports; those in the gaps are listed with their flags
// anyway.
Task<Status> FolderPass::take_reported(ReportedChanges changes) {
  if (changes.truncated) co_return cursor_invalid("too many changes");
  const auto in_reach = UidSet({{Uid{1}, Uid{cursor_.next.value - 1}}}).minus(cursor_.gaps);
  const auto vanished = changes.vanished.take();
  auto gone = co_await known().find(vanished.minus(vanished.minus(in_reach)));
  if (!gone) co_return std::move(gone).error();
  auto& pending = *memory_.pending;
  for (auto& [uid, item] : *gone) pending.removed.push_back(std::move(item.remote_id));
  cursor_.messages -= std::min(cursor_.messages, static_cast<std::uint32_t>(gone->size()));
  std::vector<Uid> uids;
  for (const auto& [uid, flags] : changes.flags) {
    if (in_reach.contains(uid) && !vanished.contains(uid)) uids.push_back(uid);
  }
  const auto changed = UidSet::of(std::move(uids));
  auto stored = co_await known().find(changed);
  if (!stored) co_return std::move(stored).error();
  std::vector<Uid> unknown;
  for (const auto& range : changed.ranges()) {
    for (auto value = range.first.value; value <= range.last.value; ++value) {
      const auto found = stored->find(Uid{value});
      const auto& flags = changes.flags.at(Uid{value});
      if (found == stored->end()) {
        unknown.push_back(Uid{value});
      } else if (found->second.version != version_of(map_flags(flags))) {
        pending.changed.push_back(with_flags(std::move(found->second), flags));
      }
    }
  }
  note_unknown(UidSet::of(std::move(unknown)));
  co_return ok();
}

// Expunges that nobody reported show in the number of messages.
Task<Status> FolderPass::verify_count() {
  std::uint64_t expected = cursor_.messages;
  if (!cursor_.gaps.empty()) {
    if (auto found = co_await find_existing(std::numeric_limits<std::size_t>::max()); !found) co_return found;
    expected += memory_.existing.count();
  }
  if (expected == messages_at_open_) co_return ok();
  co_return co_await compare(Compared::uids, Uid{1});
}

Task<Status> FolderPass::compare_without_modseq() {
  const auto now = connection_.host().clock().unix_milliseconds() / 1000;
  const bool whole = messages_at_open_ <= whole_comparison_messages_max || !cursor_.recent_from ||
                     now - cursor_.compared_at >= std::chrono::seconds(whole_comparison_interval).count();
  if (whole) co_return co_await compare(Compared::uids_and_flags, Uid{1});
  if (auto compared = co_await compare(Compared::uids_and_flags, cursor_.recent_from); !compared)
    co_return compared;
  co_return co_await verify_count();
}

Task<Status> FolderPass::compare(Compared compared, Uid first) {
  const auto gaps = cursor_.gaps;
  auto difference = co_await compare_folder(connection_, known(), compared, first, cursor_.next);
  if (!difference) co_return std::move(difference).error();
  auto& pending = *memory_.pending;
  // A server that names no message though it counts some is out of its mind, not empty.
  if (first == Uid{1} && difference->matched.empty() && difference->unknown.empty() &&
      messages_at_open_ != 0 && gaps.empty()) {
    co_return Error{ErrorKind::invalid_data,
                    ErrorScope::collection,
                    Retry::after(),
                    "the server contradicts itself",
                    {},
                    {},
                    {}};
  }
  // What is in a gap is listed anyway, though a write made it known already.
  const auto in_gap = [&](const RemoteId& id) { return gaps.contains(parse_item_id(id)->uid); };
  std::erase_if(difference->removed, in_gap);
  std::erase_if(difference->changed, [&](const Item& item) { return in_gap(item.remote_id); });
  difference->matched = difference->matched.minus(gaps);
  top_matched_ = top_of(difference->matched);
  for (auto& id : difference->removed) pending.removed.push_back(std::move(id));
  std::ranges::move(difference->changed, std::back_inserter(pending.changed));
  note_unknown(difference->unknown);
  if (first == Uid{1}) {
    cursor_.messages = static_cast<std::uint32_t>(difference->matched.count());
    const auto recent = difference->matched.newest(recent_comparison_messages);
    cursor_.recent_from = recent.empty() ? Uid{1} : recent.ranges().front().first;
    cursor_.compared_at = connection_.host().clock().unix_milliseconds() / 1000;
  } else {
    cursor_.messages -= std::min(cursor_.messages, static_cast<std::uint32_t>(difference->removed.size()));
  }
  co_return ok();
}

// Makes memory_.existing hold the `wanted` newest UIDs that exist in the gaps, or all of them. The newest are
// always searched first, so that what is known to exist is never older than what is not.
Task<Status> FolderPass::find_existing(std::size_t wanted) {
  auto window = search_window_first;
  for (;;) {
    const auto open = cursor_.gaps.minus(memory_.searched);
    if (open.empty()) co_return ok();
    if (memory_.existing.count() >= wanted && top_of(open) < top_of(memory_.existing)) co_return ok();
    const auto range = open.ranges().back();
    const Uid last = range.last;
    const Uid first = last.value - range.first.value < window ? range.first : Uid{last.value - window + 1};
    auto found = co_await search_existing(connection_, first, last);
    if (!found) co_return std::move(found).error();
    if (found->count() < window / 8 && window < search_window_max) window *= 2;
    memory_.existing = memory_.existing.united_with(*found);
    memory_.searched = memory_.searched.united_with(UidSet({{first, last}}));
  }
}

// What changed, behind what is new.
void FolderPass::serve_pending(ChangePage& page) {
  if (!memory_.pending) return;
  auto& pending = *memory_.pending;
  while (!pending.removed.empty() && page.removals.size() < page_removals_max) {
    page.removals.push_back({std::move(pending.removed.back()), RemovalReason::moved_or_deleted});
    pending.removed.pop_back();
  }
  while (!pending.changed.empty() && page.items.size() < limits_.items_max) {
    page.items.push_back(std::move(pending.changed.back()));
    pending.changed.pop_back();
  }
  if (!pending.empty()) return;
  cursor_.base = pending.target;
  memory_.pending.reset();
}

void FolderPass::finish(ChangePage& page) {
  const auto& selected = connection_.selected();
  page.total = selected->messages;
  page.complete = cursor_.gaps.empty() && !memory_.pending && dropped_.empty();
  // Until a snapshot is done nothing is compared with the store, so its pages need not be committed first.
  // Nor may UIDs that end with the selection be asked for on two connections at once.
  const bool ahead = !page.complete && cursor_.phase == Phase::snapshot && selected->uids_sticky;
  page.next_use = ahead ? NextUse::ahead : NextUse::after_commit;
  if (page.complete) {
    cursor_.phase = Phase::settled;
    cursor_.page = 0;
    settled_state_ = FolderState{cursor_.uid_validity, selected->uid_next,
                                 cursor_.base ? std::optional(cursor_.base) : std::nullopt, cursor_.messages};
    memory_ = {};
  } else {
    ++cursor_.page;
  }
  page.next = encode(cursor_);
  memory_.expected = page.next;
}

}  // namespace hermod::imap
