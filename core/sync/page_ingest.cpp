#include "core/sync/page_ingest.hpp"

#include <algorithm>
#include <unordered_set>

#include "core/actions/keywords.hpp"
#include "core/store/page_lookup.hpp"
#include "core/store/stand_in.hpp"
#include "core/sync/stage_timer.hpp"

namespace hermod::sync {

namespace {

using store::HeldPlacement;

// The provider looked the item up, and then the page of another collection took its placement away: a move, seen from
// both sides at once. The page cannot be taken without its content, so the cursor stays and it is asked for anew.
Error gone_meanwhile() {
  return {ErrorKind::conflict, ErrorScope::collection, Retry::now(), "an item that the page refers to was removed meanwhile",
          {}, {}, {}};
}

constexpr int attempts_max = 5;

// A unique violation: another writer was faster.
bool is_race(const Error& error) {
  return error.kind == ErrorKind::conflict && error.provider_code != store::lease_lost_code;
}

// Builds one page's PageWrite.
class PageBuilder {
 public:
  PageBuilder(const IngestTarget& target, const store::CollectionState& state, const PreparedPage& page)
      : target_(target), state_(state), page_(page) {
    // The same address twice in a page: the later one counts.
    std::unordered_set<std::string_view> addresses;
    for (auto item = page.items.rbegin(); item != page.items.rend(); ++item) {
      if (addresses.insert(item->remote_id.bytes).second) items_.push_back(&*item);
    }
    std::reverse(items_.begin(), items_.end());
    for (const Removal& removal : page.removals) {
      if (!addresses.contains(removal.remote_id.bytes)) write_.removed_placements.push_back(removal.remote_id.bytes);
    }
  }

  Status build(store::Connection& connection, blob::PackWriter& packs) {
    if (Status planned = plan(connection); !planned) return planned;
    if (Status stored = store_blobs(packs); !stored) return stored;
    write_.kind = page_.kind;
    write_.scope = page_.scope;
    write_.window_start = page_.window_start;
    write_.next = page_.next;
    write_.complete = page_.complete;
    write_.total = page_.total;
    write_.history_before = target_.history_before;
    write_.round = target_.round;
    return ok();
  }

  store::PageWrite& write() { return write_; }

 private:
  Status plan(store::Connection& connection) {
    const StageTimer timer(target_.metrics, "look_up");
    if (Status found = look_up(connection); !found) return found;
    for (const PreparedItem* item : items_) place(*item);
    return plan_threads(connection);
  }

  Status look_up(store::Connection& connection) {
    const ids::ObjectId& account_id = target_.account.account_id;
    std::vector<std::string_view> addresses;
    for (const PreparedItem* item : items_) addresses.push_back(item->remote_id.bytes);
    auto placements = store::find_placements(connection, account_id, state_.collection_id, addresses);
    if (!placements) return std::move(placements).error();
    held_ = std::move(*placements);
    if (Status found = look_up_stand_ins(connection); !found) return found;

    std::vector<std::string_view> identities;
    std::vector<FoundItem> places;
    std::vector<const PreparedItem*> known_items;
    for (const PreparedItem* item : items_) {
      if (held_.contains(item->remote_id.bytes) && !is_replaced(*item)) continue;
      if (item->content) identities.push_back(item->content->identity);
      if (item->known_as) {
        places.push_back(*item->known_as);
        known_items.push_back(item);
      }
    }
    auto messages = store::find_messages(connection, account_id, identities);
    if (!messages) return std::move(messages).error();
    messages_ = std::move(*messages);
    auto placed = store::find_placed(connection, account_id, places);
    if (!placed) return std::move(placed).error();
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (!(*placed)[i]) return gone_meanwhile();
      known_.emplace(known_items[i], *(*placed)[i]);
    }
    return ok();
  }

  // Of the held messages whose content came now.
  Status look_up_stand_ins(store::Connection& connection) {
    std::vector<ids::ObjectId> message_ids;
    for (const PreparedItem* item : items_) {
      const auto held = held_.find(item->remote_id.bytes);
      if (held != held_.end() && is_whole(*item)) message_ids.push_back(held->second.message_id);
    }
    auto stand_ins = store::stand_ins_among(connection, target_.account.account_id, message_ids);
    if (!stand_ins) return std::move(stand_ins).error();
    stand_ins_.insert(stand_ins->begin(), stand_ins->end());
    return ok();
  }

  bool is_replaced(const PreparedItem& item) const {
    const auto held = held_.find(item.remote_id.bytes);
    return held != held_.end() && is_whole(item) && stand_ins_.contains(held->second.message_id);
  }

  void place(const PreparedItem& item) {
    store::PlacementRow row{item.remote_id.bytes, {}, item.received_at, item.flags, &item.keywords, item.version.bytes};
    const auto held = held_.find(item.remote_id.bytes);
    if (held != held_.end()) {
      is_replaced(item) ? replace(row, item, held->second) : keep(row, held->second);
      return;
    }
    if (auto known = known_.find(&item); known != known_.end()) {
      row.message_id = known->second;
      write_.touched_messages.push_back(row.message_id);
    } else if (item.content) {
      row.message_id = message_of(item);
    } else {
      return;  // named without content: it could not be had, and is gone from the server
    }
    write_.new_placements.push_back(row);
    count_placed(item);
  }

  void count_placed(const PreparedItem& item) {
    if (!item.content || !made_.contains(item.content->identity)) return;
    ++write_.new_messages_placed;
    if (!item.flags.has(Flag::seen)) ++write_.new_messages_unread;
  }

  // The stand-in loses its placement to the message itself.
  void replace(store::PlacementRow row, const PreparedItem& item, const HeldPlacement& held) {
    if (page_.kind == PageKind::snapshot) write_.seen_placements.push_back(row.remote_id);
    write_.touched_messages.push_back(held.message_id);
    row.message_id = message_of(item);
    write_.changed_placements.push_back(row);
    count_placed(item);
  }

  void keep(store::PlacementRow row, const HeldPlacement& held) {
    if (page_.kind == PageKind::snapshot) write_.seen_placements.push_back(row.remote_id);
    const bool same_version = row.version.empty() || row.version == held.version;
    if (held.flags == row.flags && held.keywords == *row.keywords && same_version) return;
    row.message_id = held.message_id;
    write_.changed_placements.push_back(row);
    write_.touched_messages.push_back(held.message_id);
  }

  // The held message of that identity, the one this page makes already, or a new one.
  ids::ObjectId message_of(const PreparedItem& item) {
    if (auto held = messages_.find(item.content->identity); held != messages_.end()) {
      write_.touched_messages.push_back(held->second);
      return held->second;
    }
    const bool unread = !item.flags.has(Flag::seen);
    const bool starred = item.flags.has(Flag::flagged);
    auto keywords = actions::shown_keywords(item.flags, item.keywords);
    if (auto made = made_.find(item.content->identity); made != made_.end()) {
      store::NewMessage& message = write_.new_messages[made->second];
      message.unread = message.unread && unread;
      message.starred = message.starred || starred;
      message.keywords.insert(message.keywords.end(), keywords.begin(), keywords.end());
      message.keywords = actions::in_order(std::move(message.keywords));
      return message.message_id;
    }
    made_.emplace(item.content->identity, write_.new_messages.size());
    new_items_.push_back(&item);
    write_.new_messages.push_back(
        {ids::new_object_id(), {}, &*item.content, std::nullopt, item.received_at, unread, starred,
         std::move(keywords)});
    return write_.new_messages.back().message_id;
  }

  Status plan_threads(store::Connection& connection) {
    if (write_.new_messages.empty()) return ok();
    std::vector<const threading::ThreadedMessage*> messages;
    for (const store::NewMessage& message : write_.new_messages) messages.push_back(&message.content->threading);
    threading::ThreadPlanner planner;
    Status known = store::look_up_threads(connection, target_.account.account_id, messages, planner);
    if (!known) return known;
    for (const threading::ThreadedMessage* message : messages) planner.add(*message);
    std::unordered_set<ids::ObjectId> noted;
    for (std::size_t i = 0; i < write_.new_messages.size(); ++i) {
      store::NewMessage& message = write_.new_messages[i];
      message.thread_id = planner.thread_of(i);
      if (!planner.is_new(message.thread_id) || !noted.insert(message.thread_id).second) continue;
      write_.threads.new_threads.push_back(message.thread_id);
      const std::string& provider_thread = message.content->threading.provider_thread;
      if (!provider_thread.empty()) write_.threads.provider_threads.emplace(message.thread_id, provider_thread);
    }
    write_.threads.merges = planner.merges();
    for (const ids::ObjectId& key : planner.new_reference_keys()) {
      write_.threads.new_keys.emplace_back(key, planner.thread_of_key(key));
    }
    return ok();
  }

  // Durable before the page commits: one flush.
  Status store_blobs(blob::PackWriter& packs) {
    const StageTimer timer(target_.metrics, "blobs");
    bool appended = false;
    for (std::size_t i = 0; i < new_items_.size(); ++i) {
      write_.new_messages[i].blob = new_items_[i]->stored;
      if (!new_items_[i]->blob) continue;
      auto location = packs.append(*new_items_[i]->blob);
      if (!location) return std::move(location).error();
      write_.new_messages[i].blob = store::StoredBlob{*location, new_items_[i]->blob->sha256};
      appended = true;
    }
    return appended ? packs.flush() : ok();
  }

  const IngestTarget& target_;
  const store::CollectionState& state_;
  const PreparedPage& page_;
  std::vector<const PreparedItem*> items_, new_items_;
  std::unordered_map<std::string, HeldPlacement> held_;
  std::unordered_set<ids::ObjectId> stand_ins_;
  std::unordered_map<std::string, ids::ObjectId> messages_;
  std::unordered_map<const PreparedItem*, ids::ObjectId> known_;
  std::unordered_map<std::string_view, std::size_t> made_;  // identity → index in new_messages
  store::PageWrite write_;
};

}  // namespace

Result<store::PageOutcome> ingest_page(const IngestTarget& target, blob::PackWriter& packs,
                                       store::CollectionState& state, const PreparedPage& page,
                                       const std::string& synced_token) {
  const bool empty = page.items.empty() && page.removals.empty();
  const bool ends_snapshot = page.kind == PageKind::snapshot && page.complete && state.in_snapshot;
  if (empty && !ends_snapshot && page.next == state.cursor && synced_token == state.synced_token) return store::PageOutcome{};
  auto connection = target.database.connect();
  if (!connection) return std::move(connection).error();
  // An application's draft may have made a thread meanwhile that this page plans to make, too: it is planned anew.
  for (int attempt = 1;; ++attempt) {
    PageBuilder builder(target, state, page);
    if (Status built = builder.build(*connection, packs); !built) return std::move(built).error();
    builder.write().synced_token = synced_token;
    const StageTimer timer(target.metrics, "commit");
    auto outcome = store::write_page(*connection, target.account, state, builder.write());
    if (outcome || !is_race(outcome.error()) || attempt == attempts_max) return outcome;
  }
}

}  // namespace hermod::sync
