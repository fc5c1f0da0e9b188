#include "core/conformance/model_store.hpp"

#include <algorithm>

#include "core/conformance/message_text.hpp"

namespace hermod::conformance {
namespace {

// A keyword that says in which collection, seen through this one, the item lies.
constexpr std::string_view label_prefix = "in:";

bool same(const Collection& a, const Collection& b) {
  return a.parent == b.parent && a.name == b.name && a.path == b.path && a.kind == b.kind &&
         a.role == b.role && a.rights == b.rights && a.through == b.through;
}

KnownItem known_of(const Item& item, std::set<std::string>& labels) {
  KnownItem known{item.remote_id,  item.version,    item.flags, {},
                  item.object_key, item.message_id, item.size,  item.received_at};
  for (const std::string& keyword : item.keywords) {
    if (keyword.starts_with(label_prefix)) {
      labels.insert(keyword.substr(label_prefix.size()));
    } else {
      known.keywords.push_back(keyword);
    }
  }
  std::ranges::sort(known.keywords);
  return known;
}

bool looks_the_same(const Placement& a, const Placement& b) {
  return a.item.flags == b.item.flags && a.item.keywords == b.item.keywords && a.labels == b.labels &&
         a.item.received_at == b.item.received_at && a.outside == b.outside;
}

// Whether the collection has another placement that an application could not tell from this one, as after a
// new UIDVALIDITY: what is known by two addresses for a while did not change.
bool is_doubled(const StoredCollection& collection, const RemoteId& id, const Placement& placement) {
  return std::ranges::any_of(collection.placements, [&](const auto& entry) {
    return entry.first != id && entry.second.content == placement.content &&
           looks_the_same(entry.second, placement);
  });
}

}  // namespace

void ModelStore::commit_listing(const std::vector<Collection>& collections) {
  std::set<CollectionRemoteId> listed;
  for (const Collection& collection : collections) {
    if (!listed.insert(collection.remote_id).second) violated("a listing names a collection once");
    StoredCollection& stored = collections_[collection.remote_id];
    if (!same(stored.listed, collection)) ++changes_;
    stored.listed = collection;
  }
  changes_ += std::erase_if(collections_, [&](const auto& entry) { return !listed.contains(entry.first); });
}

void ModelStore::commit(const CollectionRemoteId& id, const ChangePage& page,
                        const std::map<RemoteId, std::string>& bodies,
                        std::optional<std::uint64_t> asked_at) {
  StoredCollection& collection = collections_.at(id);
  const std::uint64_t asked = asked_at.value_or(clock_);
  ++clock_;
  if (page.kind == PageKind::snapshot) {
    if (collection.cursor.empty()) {
      collection.snapshot = asked;
    } else if (!collection.snapshot) {
      violated("a snapshot begins with an empty cursor only");
    }
  } else if (collection.snapshot || collection.cursor.empty()) {
    violated("an empty cursor begins a snapshot, which goes on to its complete page");
  }
  for (const Item& item : page.items) {
    if (!passed_over(collection, item.remote_id, asked)) upsert(collection, item, bodies);
  }
  for (const Removal& removal : page.removals) remove(collection, removal);
  if (page.kind == PageKind::snapshot && page.complete) end_snapshot(collection, page);
  collection.cursor = page.next;
}

bool ModelStore::passed_over(StoredCollection& collection, const RemoteId& id, std::uint64_t asked_at) {
  const auto written = collection.written.find(id);
  if (written == collection.written.end() || written->second <= asked_at) return false;
  const auto held = collection.placements.find(id);
  if (held == collection.placements.end()) return true;
  held->second.generation = collection.snapshot.value_or(0);
  held->second.confirmed_at = clock_;
  return true;
}

void ModelStore::upsert(StoredCollection& collection, const Item& item,
                        const std::map<RemoteId, std::string>& bodies) {
  const auto held = collection.placements.find(item.remote_id);
  const Placement* before = held == collection.placements.end() ? nullptr : &held->second;
  Placement placement;
  placement.item = known_of(item, placement.labels);
  placement.content = content_of(item, before, bodies);
  placement.confirmed_at = clock_;
  placement.generation = collection.snapshot.value_or(0);
  const bool as_before = before != nullptr ? looks_the_same(*before, placement)
                                           : is_doubled(collection, item.remote_id, placement);
  if (!as_before) ++changes_;
  collection.placements.insert_or_assign(item.remote_id, std::move(placement));
}

std::string ModelStore::content_of(const Item& item, const Placement* held,
                                   const std::map<RemoteId, std::string>& bodies) {
  if (item.payload == PayloadKind::none && item.known_as) {
    const auto other = collections_.find(item.known_in);
    if (other != collections_.end() && other->second.placements.contains(*item.known_as)) {
      return other->second.placements.at(*item.known_as).content;
    }
    violated("known_as names an item that is held");
  } else if (item.payload == PayloadKind::none) {
    if (held != nullptr) return held->content;
    violated("an item without content is one that is held");
  } else if (const auto body = bodies.find(item.remote_id); body != bodies.end()) {
    return body->second;
  }
  return item.raw;
}

void ModelStore::remove(StoredCollection& collection, const Removal& removal) {
  const auto held = collection.placements.find(removal.remote_id);
  if (held == collection.placements.end()) return;
  if (removal.reason == RemovalReason::left_window) {
    if (!held->second.outside) ++changes_;
    held->second.outside = true;
  } else {
    if (!is_doubled(collection, held->first, held->second)) ++changes_;
    collection.placements.erase(held);
  }
}

// What the snapshot did not name is gone, unless it is out of its scope or came after it began.
void ModelStore::end_snapshot(StoredCollection& collection, const ChangePage& page) {
  const std::uint64_t began = collection.snapshot.value_or(0);
  for (auto at = collection.placements.begin(); at != collection.placements.end();) {
    Placement& placement = at->second;
    const bool in_scope =
        page.scope != SnapshotScope::time_window || placement.item.received_at >= page.window_start;
    if (placement.generation == began || placement.confirmed_at > began) {
      ++at;
    } else if (in_scope) {
      if (!is_doubled(collection, at->first, placement)) ++changes_;
      at = collection.placements.erase(at);
    } else {
      placement.outside = true;
      ++at;
    }
  }
  collection.snapshot.reset();
}

void ModelStore::forget_cursor(const CollectionRemoteId& collection) {
  collections_.at(collection).cursor = {};
  collections_.at(collection).snapshot.reset();
}

void ModelStore::complete(const CollectionRemoteId& collection, std::string change_token) {
  collections_.at(collection).complete_at = std::move(change_token);
}

std::multiset<Seen> ModelStore::folder(const CollectionRemoteId& id, RawStability raw,
                                       std::int64_t window_start) const {
  std::multiset<Seen> folder;
  const Collection& listed = collections_.at(id).listed;
  const bool label = !listed.through.empty();
  const auto store = collections_.find(label ? listed.through : id);
  if (store == collections_.end()) return folder;
  for (const auto& [remote_id, placement] : store->second.placements) {
    if (placement.outside || placement.item.received_at < window_start) continue;
    if (label && !placement.labels.contains(id.bytes)) continue;
    folder.insert({identity_of(placement.content, raw), placement.item.flags.bits, placement.item.keywords,
                   placement.item.received_at});
  }
  return folder;
}

Mailbox ModelStore::mailbox(RawStability raw, std::int64_t window_start) const {
  Mailbox mailbox;
  for (const auto& [id, collection] : collections_) {
    mailbox[collection.listed.path] = folder(id, raw, window_start);
  }
  return mailbox;
}

std::map<CollectionRemoteId, std::map<RemoteId, RemoteVersion>> ModelStore::addresses(
    std::int64_t window_start) const {
  std::map<CollectionRemoteId, std::map<RemoteId, RemoteVersion>> addresses;
  for (const auto& [id, collection] : collections_) {
    auto& items = addresses[id];
    for (const auto& [remote_id, placement] : collection.placements) {
      if (placement.outside || placement.item.received_at < window_start) continue;
      items[remote_id] = placement.item.version;
    }
  }
  return addresses;
}

std::vector<KnownItem> ModelStore::known_items(const CollectionRemoteId& id, const RemoteId& after,
                                               std::size_t items_max) const {
  std::vector<KnownItem> items;
  const auto collection = collections_.find(id);
  if (collection == collections_.end()) return items;
  const auto& placements = collection->second.placements;
  for (auto at = placements.upper_bound(after); at != placements.end() && items.size() < items_max; ++at) {
    items.push_back(at->second.item);
  }
  return items;
}

bool ModelStore::holds(const ItemAddress& item) const {
  const auto collection = collections_.find(item.collection);
  return collection != collections_.end() && collection->second.placements.contains(item.remote_id);
}

std::optional<FoundItem> ModelStore::find(const ItemKeys& keys) const {
  std::map<std::string, FoundItem> found;  // by content: a message may lie in several places
  for (const auto& [id, collection] : collections_) {
    for (const auto& [remote_id, placement] : collection.placements) {
      const KnownItem& item = placement.item;
      if (placement.content.empty()) continue;  // it was gone when its body was asked for
      if (!keys.object_key.empty() && item.object_key == keys.object_key) return FoundItem{id, remote_id};
      if (!keys.message_id.empty() && item.message_id == keys.message_id && item.size == keys.size &&
          item.received_at == keys.received_at) {
        found.insert_or_assign(placement.content, FoundItem{id, remote_id});
      }
    }
  }
  if (found.size() != 1) return std::nullopt;
  return found.begin()->second;
}

}  // namespace hermod::conformance
