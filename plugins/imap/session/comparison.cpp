#include "plugins/imap/session/comparison.hpp"

#include "plugins/imap/client/fetch.hpp"
#include "plugins/imap/client/search.hpp"
#include "plugins/imap/mapping/flags.hpp"
#include "plugins/imap/mapping/item_id.hpp"
#include "plugins/imap/session/limits.hpp"

namespace hermod::imap {
namespace {

struct ServerWindow {
  UidSet existing;
  std::map<Uid, std::vector<std::string>> flags;
};

Task<Result<ServerWindow>> read_window(Connection& connection, Compared compared, Uid first, Uid last) {
  ServerWindow window;
  if (compared == Compared::uids) {
    auto existing = co_await search_existing(connection, first, last);
    if (!existing) co_return std::move(existing).error();
    window.existing = *std::move(existing);
    co_return std::move(window);
  }
  auto fetched = co_await fetch_flags(connection, first, last, std::nullopt);
  if (!fetched) co_return std::move(fetched).error();
  if (fetched->truncated) {
    co_return Error{ErrorKind::cursor_invalid,
                    ErrorScope::collection,
                    Retry::now(),
                    "the folder holds more than can be compared",
                    {},
                    {},
                    {}};
  }
  window.flags = std::move(fetched->flags);
  std::vector<Uid> uids;
  for (const auto& [uid, flags] : window.flags) uids.push_back(uid);
  window.existing = UidSet::of(std::move(uids)).within(first, last);
  co_return std::move(window);
}

UidSet uids_of(const std::map<Uid, KnownItem>& items) {
  std::vector<Uid> uids;
  uids.reserve(items.size());
  for (const auto& [uid, item] : items) uids.push_back(uid);
  return UidSet::of(std::move(uids));
}

void add_changed(Difference& difference, std::map<Uid, KnownItem>& known, const ServerWindow& window) {
  for (auto& [uid, item] : known) {
    const auto flags = window.flags.find(uid);
    if (flags == window.flags.end() || item.version == version_of(map_flags(flags->second))) continue;
    difference.changed.push_back(with_flags(std::move(item), flags->second));
  }
}

}  // namespace

Item with_flags(KnownItem known, const std::vector<std::string>& wire_flags) {
  auto mapped = map_flags(wire_flags);
  Item item;
  item.remote_id = std::move(known.remote_id);
  item.object_key = std::move(known.object_key);
  item.message_id = std::move(known.message_id);
  item.size = known.size;
  item.received_at = known.received_at;
  item.version = version_of(mapped);
  item.flags = mapped.flags;
  item.keywords = std::move(mapped.keywords);
  return item;
}

Task<Result<Difference>> compare_folder(Connection& connection, KnownItems known, Compared compared,
                                        Uid first, Uid next) {
  Difference difference;
  while (first < next) {
    auto page = co_await known.from(first, known_page_items);
    if (!page) co_return std::move(page).error();
    std::erase_if(page->items, [&](const auto& entry) { return entry.first >= next; });
    const bool last = page->last || page->items.empty();
    const Uid end = last ? Uid{next.value - 1} : std::prev(page->items.end())->first;
    auto window = co_await read_window(connection, compared, first, end);
    if (!window) co_return std::move(window).error();
    const auto known_uids = uids_of(page->items);
    auto gone = known_uids.minus(window->existing);
    if (!gone.empty() && compared == Compared::uids_and_flags) {
      const auto existing = co_await search_existing(connection, first, end);
      if (!existing) co_return existing.error();
      gone = gone.minus(*existing);
    }
    for (const auto& [uid, item] : page->items) {
      if (gone.contains(uid)) difference.removed.push_back(item.remote_id);
    }
    difference.matched = difference.matched.united_with(known_uids.minus(gone));
    difference.unknown = difference.unknown.united_with(window->existing.minus(known_uids));
    add_changed(difference, page->items, *window);
    if (last) break;
    first = Uid{end.value + 1};
  }
  co_return std::move(difference);
}

}  // namespace hermod::imap
