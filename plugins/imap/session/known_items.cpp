#include "plugins/imap/session/known_items.hpp"

#include <algorithm>

#include "plugins/imap/mapping/item_id.hpp"
#include "plugins/imap/session/limits.hpp"

namespace hermod::imap {

Task<Result<KnownItems::Page>> KnownItems::from(Uid first, std::size_t items_max) {
  auto items = co_await known_.items(collection_, item_id(uid_validity_, Uid{first.value - 1}), items_max);
  if (!items) co_return std::move(items).error();
  Page page{{}, items->size() < items_max};
  for (auto& item : *items) {
    const auto address = parse_item_id(item.remote_id);
    if (address && address->uid_validity == uid_validity_) {
      page.items.emplace(address->uid, std::move(item));
    } else {
      page.last = true;  // ids of another UIDVALIDITY sort behind ours
    }
  }
  co_return std::move(page);
}

Task<Result<std::map<Uid, KnownItem>>> KnownItems::find(UidSet uids) {
  const auto items_max = uids.count() <= known_singles_max ? 1 : known_page_items;
  std::map<Uid, KnownItem> found;
  while (!uids.empty()) {
    auto page = co_await from(uids.ranges().front().first, items_max);
    if (!page) co_return std::move(page).error();
    for (auto& [uid, item] : page->items) {
      if (uids.contains(uid)) found.emplace(uid, std::move(item));
    }
    if (page->last || page->items.empty()) break;
    const auto reached = std::prev(page->items.end())->first;
    uids = uids.minus(UidSet({{Uid{1}, reached}}));
  }
  co_return std::move(found);
}

}  // namespace hermod::imap
