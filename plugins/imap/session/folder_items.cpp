#include "plugins/imap/session/folder_items.hpp"

#include <algorithm>
#include <map>

#include "plugins/imap/client/fetch.hpp"
#include "plugins/imap/client/search.hpp"
#include "plugins/imap/mapping/items.hpp"
#include "plugins/imap/session/comparison.hpp"
#include "plugins/imap/wire/limits.hpp"

namespace hermod::imap {
namespace {

using Facts = std::map<Uid, FetchResponse>;
using KnownByUid = std::map<Uid, KnownItem>;

struct Listed {
  Uid uid;
  Item item;
};

UidSet uids_of(const Facts& facts) {
  std::vector<Uid> uids;
  for (const auto& [uid, fetch] : facts) uids.push_back(uid);
  return UidSet::of(std::move(uids));
}

// Completes `facts` for `uids`. Gives those that the server lists but does not give out.
Task<Result<UidSet>> complete_facts(Connection& connection, const UidSet& uids, Facts& facts) {
  const auto missing = uids.minus(uids_of(facts));
  if (missing.empty()) co_return UidSet{};
  auto fetched = co_await fetch_facts(connection, missing);
  if (!fetched) co_return std::move(fetched).error();
  facts.merge(fetched->by_uid);
  auto unreadable = std::move(fetched->refused);
  if (!fetched->absent.empty()) {
    const auto& ranges = fetched->absent.ranges();
    const auto existing = co_await search_existing(connection, ranges.front().first, ranges.back().last);
    if (!existing) co_return existing.error();
    unreadable = unreadable.united_with(fetched->absent.minus(fetched->absent.minus(*existing)));
  }
  if (!unreadable.empty()) {
    connection.host().log().write(LogLevel::warn, "fetch.unreadable",
                                  {{"messages", std::to_string(unreadable.count())}});
  }
  co_return std::move(unreadable);
}

// As the store has it: nothing else is to be had of it now.
Item as_known(KnownItem known) {
  Item item;
  item.remote_id = std::move(known.remote_id);
  item.object_key = std::move(known.object_key);
  item.message_id = std::move(known.message_id);
  item.size = known.size;
  item.received_at = known.received_at;
  item.version = std::move(known.version);
  item.flags = known.flags;
  item.keywords = std::move(known.keywords);
  return item;
}

std::vector<Listed> list_newest_first(const UidSet& uids, const Facts& facts, KnownByUid& known,
                                      UidValidity uid_validity, const UidSet& unreadable) {
  std::vector<Listed> listed;
  for (auto range = uids.ranges().rbegin(); range != uids.ranges().rend(); ++range) {
    for (auto value = range->last.value; value >= range->first.value && value != 0; --value) {
      const Uid uid{value};
      const auto fact = facts.find(uid);
      const auto stored = known.find(uid);
      if (fact != facts.end()) {
        auto item = map_item(fact->second, uid_validity);
        item.payload = stored != known.end() ? PayloadKind::none : PayloadKind::message;
        listed.push_back({uid, std::move(item)});
      } else if (stored != known.end() && unreadable.contains(uid)) {
        listed.push_back({uid, as_known(std::move(stored->second))});
      }
    }
  }
  return listed;
}

// What must be unique on our side: the keys without the object key.
std::string identity(const Item& item) {
  return item.message_id + '\n' + std::to_string(item.size) + '\n' + std::to_string(item.received_at);
}

// Points items whose content the store holds under another id to that id.
Task<Status> match_elsewhere(Known& known, std::vector<Listed>& listed) {
  std::map<std::string, int> occurrences;
  for (const auto& entry : listed) ++occurrences[identity(entry.item)];
  std::vector<Listed*> asked;
  std::vector<ItemKeys> keys;
  for (auto& entry : listed) {
    auto& item = entry.item;
    if (item.payload != PayloadKind::message) continue;
    const bool unique = !item.message_id.empty() && occurrences[identity(item)] == 1;
    if (item.object_key.empty() && !unique) continue;
    if (keys.size() >= Known::page_items_max) break;
    asked.push_back(&entry);
    keys.push_back(keys_of(item));
    if (!unique) keys.back().message_id.clear();
  }
  if (keys.empty()) co_return ok();
  auto found = co_await known.find(std::move(keys));
  if (!found) co_return std::move(found).error();
  for (std::size_t i = 0; i < asked.size() && i < found->size(); ++i) {
    auto& match = (*found)[i];
    if (!match) continue;
    asked[i]->item.payload = PayloadKind::none;
    asked[i]->item.known_as = std::move(match->remote_id);
    asked[i]->item.known_in = std::move(match->collection);
  }
  co_return ok();
}

// Cuts the list where the page's bytes end, and says what is fetched later.
void fit(std::vector<Listed>& listed, const FetchLimits& limits) {
  const auto inline_max = std::min<std::uint64_t>(limits.inline_bytes, WireLimits{}.inline_literal_bytes_max);
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < listed.size(); ++i) {
    auto& item = listed[i].item;
    if (item.payload != PayloadKind::message) continue;
    if (item.size > inline_max) {
      item.payload = PayloadKind::on_demand;
      continue;
    }
    bytes += item.size;
    if (i > 0 && bytes > limits.page_bytes_max) {
      listed.resize(i);
      return;
    }
  }
}

// A server may have announced less than it sends: what is more than a page may hold comes alone.
Task<Status> add_bodies(Connection& connection, std::vector<Listed>& listed, FetchLimits limits) {
  std::vector<WantedBody> wanted;
  for (const auto& entry : listed) {
    if (entry.item.payload == PayloadKind::message) wanted.push_back({entry.uid, entry.item.size});
  }
  if (wanted.empty()) co_return ok();
  auto bodies = co_await fetch_bodies(connection, std::move(wanted));
  if (!bodies) co_return std::move(bodies).error();
  std::size_t bytes = 0;
  for (auto& entry : listed) {
    if (entry.item.payload != PayloadKind::message) continue;
    entry.item.payload = PayloadKind::on_demand;  // unless it is here
    const auto found = bodies->by_uid.find(entry.uid);
    if (found == bodies->by_uid.end()) continue;
    for (auto& section : found->second.sections) {
      if (!section.section.empty() || section.presence != BodySection::Presence::inlined) continue;
      const bool fits = bytes == 0 || bytes + section.bytes.size() <= limits.page_bytes_max;
      if (section.bytes.size() > limits.inline_bytes || !fits) break;
      bytes += section.bytes.size();
      entry.item.payload = PayloadKind::message;
      entry.item.raw = std::move(section.bytes);
      break;
    }
  }
  co_return ok();
}

}  // namespace

Task<Result<ListedItems>> list_items(Connection& connection, KnownItems known, UidSet uids,
                                     FetchLimits limits, Facts& facts) {
  const auto unreadable = co_await complete_facts(connection, uids, facts);
  if (!unreadable) co_return unreadable.error();
  auto stored = co_await known.find(uids);
  if (!stored) co_return std::move(stored).error();
  auto listed = list_newest_first(uids, facts, *stored, connection.selected()->uid_validity, *unreadable);
  const auto count = listed.size();
  if (auto matched = co_await match_elsewhere(connection.host().known(), listed); !matched) {
    co_return std::move(matched).error();
  }
  fit(listed, limits);
  if (auto added = co_await add_bodies(connection, listed, limits); !added)
    co_return std::move(added).error();
  ListedItems result;
  result.served = listed.size() == count ? uids : uids.within(listed.back().uid, uids.ranges().back().last);
  for (auto& entry : listed) {
    facts.erase(entry.uid);
    result.items.push_back(std::move(entry.item));
  }
  co_return std::move(result);
}

}  // namespace hermod::imap
