#include "plugins/imap/session/reused_uids.hpp"

#include "plugins/imap/client/fetch.hpp"
#include "plugins/imap/mapping/items.hpp"
#include "plugins/imap/session/limits.hpp"

namespace hermod::imap {
namespace {

bool differ(const KnownItem& known, const FetchResponse& fetched) {
  const auto item = map_item(fetched, UidValidity{});
  if (fetched.internal_date && item.received_at != known.received_at) return true;
  return !item.message_id.empty() && !known.message_id.empty() && item.message_id != known.message_id;
}

}  // namespace

Task<Result<ReusedUids>> find_reused(Connection& connection, KnownItems known, Uid next) {
  ReusedUids found;
  for (Uid first{1};;) {
    auto page = co_await known.from(first, known_page_items);
    if (!page) co_return std::move(page).error();
    std::vector<Uid> uids;
    for (const auto& [uid, item] : page->items) {
      if (uid < next) uids.push_back(uid);
    }
    FetchedMessages fetched;
    if (!uids.empty()) {
      auto facts = co_await fetch_facts(connection, UidSet::of(std::move(uids)));
      if (!facts) co_return std::move(facts).error();
      fetched = *std::move(facts);
    }
    for (const auto& [uid, item] : page->items) {
      const auto fact = fetched.by_uid.find(uid);
      const bool other = fact != fetched.by_uid.end() && differ(item, fact->second);
      if (!other && uid < next) continue;
      if (found.gone.size() >= page_removals_max) {
        found.whole = false;
        break;
      }
      found.gone.push_back(item.remote_id);
    }
    if (page->last || page->items.empty() || !found.whole) break;
    first = Uid{std::prev(page->items.end())->first.value + 1};
  }
  co_return std::move(found);
}

Task<Result<bool>> is_reused(Connection& connection, KnownItems known, Uid uid) {
  const UidSet one({{uid, uid}});
  auto held = co_await known.find(one);
  if (!held) co_return std::move(held).error();
  const auto fetched = co_await fetch_facts(connection, one);
  if (!fetched) co_return fetched.error();
  const auto item = held->find(uid);
  const auto fact = fetched->by_uid.find(uid);
  co_return item != held->end() && fact != fetched->by_uid.end() && differ(item->second, fact->second);
}

}  // namespace hermod::imap
