#include "tests/support/memory_provider/comparison_page.hpp"

#include <algorithm>

namespace hermod::memory {
namespace {

struct Stretch {  // of the folder, in the order of remote ids
  Position position;
  std::vector<std::pair<RemoteId, std::uint64_t>> entries;  // and their uids
  RemoteId last;                                            // where it ends, if not with the folder
  bool to_the_end = false;
  std::vector<KnownItem> known;
};

bool nothing_changed(const Position& position, const Folder& folder) {
  return position.phase == PageKind::delta && position.compared_to.empty() && position.head >= folder.changed;
}

// What the server has after the position, as far as one page reaches.
void read_entries(const Folder& folder, const Shape& shape, Stretch& stretch) {
  const std::size_t items_max = std::clamp<std::size_t>(shape.limits.items_max, 1, Known::page_items_max);
  std::uint64_t bytes = 0;
  stretch.to_the_end = true;
  for (const auto& [uid, entry] : folder.entries) {
    RemoteId remote_id = remote_id_of(folder, uid);
    if (remote_id <= stretch.position.compared_to) continue;
    if (entry.message->raw.size() <= shape.limits.inline_bytes) bytes += entry.message->raw.size();
    const bool too_large = !stretch.entries.empty() && bytes > shape.limits.page_bytes_max;
    if (stretch.entries.size() >= items_max || too_large) {
      stretch.to_the_end = false;
      break;
    }
    stretch.last = remote_id;
    stretch.entries.emplace_back(std::move(remote_id), uid);
  }
}

// The page's end is where both sides were read to.
void join_ends(Stretch& stretch, std::size_t known_asked) {
  if (stretch.known.size() == known_asked &&
      (stretch.to_the_end || stretch.known.back().remote_id < stretch.last)) {
    stretch.last = stretch.known.back().remote_id;
    stretch.to_the_end = false;
  }
  if (stretch.to_the_end) return;
  std::erase_if(stretch.entries, [&](const auto& entry) { return entry.first > stretch.last; });
  std::erase_if(stretch.known, [&](const KnownItem& item) { return item.remote_id > stretch.last; });
}

const KnownItem* find_known(const std::vector<KnownItem>& known, const RemoteId& remote_id) {
  const auto found = std::ranges::lower_bound(known, remote_id, {}, &KnownItem::remote_id);
  return found != known.end() && found->remote_id == remote_id ? &*found : nullptr;
}

ChangePage compare(MailboxState& state, const Folder& folder, const Stretch& stretch, const Shape& shape) {
  ChangePage page;
  page.kind = stretch.position.phase;
  for (const auto& [remote_id, uid] : stretch.entries) {
    const auto entry = folder.entries.find(uid);
    if (entry == folder.entries.end() || remote_id_of(folder, uid) != remote_id) continue;  // went meanwhile
    const KnownItem* held = find_known(stretch.known, remote_id);
    const Item item = to_item(state, folder, uid, held != nullptr ? Content::as_held : Content::whole, shape);
    const bool same = held != nullptr && held->version == item.version;
    const bool hidden = held != nullptr && shape.options.sabotage == Sabotage::law2;
    if (page.kind == PageKind::snapshot || (!same && !hidden)) page.items.push_back(item);
  }
  for (const KnownItem& item : stretch.known) {
    // Ids of another validity are left to the end of the snapshot, so that their content can still be found.
    if (page.kind == PageKind::snapshot && uid_of(folder, item.remote_id) == 0) continue;
    if (!std::ranges::binary_search(stretch.entries, item.remote_id, {},
                                    [](const auto& e) { return e.first; })) {
      page.removals.push_back({item.remote_id, RemovalReason::moved_or_deleted});
    }
  }
  return page;
}

// Where the host holds the content of a new item under another remote id, it need not come again.
Task<Status> spare_content(Host& host, ChangePage& page) {
  std::vector<ItemKeys> keys;
  std::vector<Item*> asked;
  for (Item& item : page.items) {
    if (item.payload == PayloadKind::none) continue;
    keys.push_back({item.object_key, item.message_id, item.size, item.received_at});
    asked.push_back(&item);
  }
  if (keys.empty()) co_return ok();
  auto found = co_await host.known().find(std::move(keys));
  if (!found) co_return std::move(found).error();
  for (std::size_t at = 0; at < asked.size() && at < found->size(); ++at) {
    const std::optional<FoundItem>& held = (*found)[at];
    if (!held) continue;
    asked[at]->payload = PayloadKind::none;
    asked[at]->raw.clear();
    asked[at]->summary.reset();
    asked[at]->known_as = held->remote_id;
    asked[at]->known_in = held->collection;
  }
  co_return ok();
}

}  // namespace

Task<Result<ChangePage>> comparison_page(MemoryMailbox& mailbox, Host& host, std::string folder_id,
                                         SyncCursor cursor, Shape shape) {
  Stretch stretch;
  bool idle = false;
  Status read = mailbox.locked([&](MailboxState& state) -> Status {
    Result<Position> position = position_of(state, folder_id, cursor, shape);
    if (!position) return std::move(position).error();
    stretch.position = std::move(*position);
    const Folder& folder = state.folders.at(folder_id);
    idle = nothing_changed(stretch.position, folder);
    if (stretch.position.compared_to.empty()) stretch.position.head = folder.changed;  // a pass begins
    read_entries(folder, shape, stretch);
    return ok();
  });
  if (!read) co_return std::move(read).error();
  ChangePage page;
  page.complete = idle;
  page.next_use = NextUse::after_commit;
  if (!idle) {
    const std::size_t asked = std::clamp<std::size_t>(shape.limits.items_max, 1, Known::page_items_max);
    auto known = co_await host.known().items({folder_id}, stretch.position.compared_to, asked);
    if (!known) co_return std::move(known).error();
    stretch.known = std::move(*known);
    join_ends(stretch, asked);
    Status compared = mailbox.locked([&](MailboxState& state) -> Status {
      const auto folder = state.folders.find(folder_id);
      if (folder == state.folders.end() || folder->second.epoch != stretch.position.epoch) {
        return Error{ErrorKind::cursor_invalid,
                     ErrorScope::collection,
                     Retry::now(),
                     "the folder changed wholly",
                     {},
                     {},
                     {}};
      }
      page = compare(state, folder->second, stretch, shape);
      page.total = folder->second.entries.size();
      // What changed behind a pass that took long takes another one.
      page.complete = stretch.to_the_end && folder->second.changed <= stretch.position.head;
      return ok();
    });
    if (!compared) co_return std::move(compared).error();
    if (Status spared = co_await spare_content(host, page); !spared) co_return std::move(spared).error();
    page.next_use = NextUse::after_commit;
    stretch.position.compared_to = stretch.to_the_end ? RemoteId{} : stretch.last;
    if (page.complete) stretch.position.phase = PageKind::delta;
  }
  mailbox.locked([&](MailboxState& state) {
    page.next = issue_cursor(state, folder_id, stretch.position, shape.options);
    if (page.complete) state.seen_to_the_end(folder_id);
  });
  co_return page;
}

}  // namespace hermod::memory
