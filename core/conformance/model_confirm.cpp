// What ModelStore makes of an applied mutation, as the engine does: the outcome is all it may go by, since
// the provider need not tell the change again. Where the outcome does not say the new address, the provider
// tells the item as a new one.
#include <algorithm>

#include "core/conformance/message_text.hpp"
#include "core/conformance/model_store.hpp"

namespace hermod::conformance {

void ModelStore::confirm(const Mutation& mutation, const MutationOutcome& outcome) {
  ++clock_;
  std::visit(
      [&](const auto& change) {
        if constexpr (requires { confirm(change, outcome); }) confirm(change, outcome);
      },
      mutation.change);
}

StoredCollection& ModelStore::store_of(const CollectionRemoteId& id) {
  StoredCollection& collection = collections_.at(id);
  return collection.listed.through.empty() ? collection : collections_.at(collection.listed.through);
}

void ModelStore::erase(const CollectionRemoteId& collection, const RemoteId& id) {
  StoredCollection& store = store_of(collection);
  store.placements.erase(id);
  store.written[id] = clock_;
}

void ModelStore::enter(const CollectionRemoteId& to, Placement placement, const MutationOutcome& outcome) {
  if (!outcome.new_remote_id) return;
  StoredCollection& store = store_of(to);
  if (is_label(to)) placement.labels.insert(to.bytes);
  placement.confirmed_at = store.written[*outcome.new_remote_id] = clock_;
  placement.generation = 0;
  placement.item.remote_id = *outcome.new_remote_id;
  if (outcome.new_version) placement.item.version = *outcome.new_version;
  store.placements.insert_or_assign(*outcome.new_remote_id, std::move(placement));
}

void ModelStore::move(const ItemAddress& item, const CollectionRemoteId& to, const MutationOutcome& outcome) {
  StoredCollection& store = store_of(item.collection);
  const auto held = store.placements.find(item.remote_id);
  if (held == store.placements.end()) return;
  Placement placement = held->second;
  placement.labels.erase(item.collection.bytes);
  erase(item.collection, item.remote_id);
  enter(to, std::move(placement), outcome);
}

void ModelStore::confirm(const SetFlags& change, const MutationOutcome& outcome) {
  StoredCollection& store = store_of(change.item.collection);
  store.written[change.item.remote_id] = clock_;
  const auto held = store.placements.find(change.item.remote_id);
  if (held == store.placements.end()) return;
  KnownItem& item = held->second.item;
  item.flags.bits = static_cast<std::uint16_t>((item.flags.bits | change.add.bits) & ~change.remove.bits);
  for (const std::string& keyword : change.remove_keywords) std::erase(item.keywords, keyword);
  for (const std::string& keyword : change.add_keywords) {
    if (std::ranges::find(item.keywords, keyword) == item.keywords.end()) item.keywords.push_back(keyword);
  }
  std::ranges::sort(item.keywords);
  if (outcome.new_version) item.version = *outcome.new_version;
  held->second.confirmed_at = clock_;
}

void ModelStore::confirm(const MoveItem& change, const MutationOutcome& outcome) {
  move(change.item, change.to, outcome);
}

void ModelStore::confirm(const CopyItem& change, const MutationOutcome& outcome) {
  const StoredCollection& store = store_of(change.item.collection);
  const auto held = store.placements.find(change.item.remote_id);
  if (held != store.placements.end()) enter(change.to, Placement(held->second), outcome);
}

void ModelStore::confirm(const DeleteItem& change, const MutationOutcome& outcome) {
  const auto trash = std::ranges::find_if(
      collections_, [](const auto& entry) { return entry.second.listed.role == Role::trash; });
  if (change.deletion == Deletion::for_good || trash == collections_.end()) {
    return erase(change.item.collection, change.item.remote_id);
  }
  const auto held = store_of(change.item.collection).placements.find(change.item.remote_id);
  if (held != store_of(change.item.collection).placements.end()) held->second.labels.clear();
  move(change.item, trash->first, outcome);
}

void ModelStore::confirm(const PutDraft& change, const MutationOutcome& outcome) {
  if (change.replaces) erase(change.collection, *change.replaces);
  Placement placement;
  placement.item.flags = change.flags;
  placement.item.received_at = change.received_at;
  placement.item.size = change.raw.size();
  placement.item.object_key = outcome.object_key;
  placement.item.message_id = message_id_in(change.raw);
  placement.content = change.raw;
  enter(change.collection, std::move(placement), outcome);
}

void ModelStore::confirm(const RenameCollection& change, const MutationOutcome& outcome) {
  if (outcome.new_collection) renamed(change.collection, *outcome.new_collection);
  for (const MovedCollection& moved : outcome.moved_collections) renamed(moved.from, moved.to);
}

void ModelStore::renamed(const CollectionRemoteId& from, const CollectionRemoteId& to) {
  if (from == to || !collections_.contains(from)) return;
  for (auto& [id, placement] : store_of(from).placements) {
    if (placement.labels.erase(from.bytes) != 0) placement.labels.insert(to.bytes);
  }
  auto collection = collections_.extract(from);
  collection.key() = collection.mapped().listed.remote_id = to;
  if (!collections_.insert(std::move(collection)).inserted)
    violated("a renamed collection has an id of its own");
}

// Those below it go with it, and so does what is in them.
void ModelStore::confirm(const DeleteCollection& change, const MutationOutcome&) {
  std::vector<CollectionRemoteId> gone{change.collection};
  for (std::size_t at = 0; at < gone.size(); ++at) {
    for (const auto& [id, collection] : collections_) {
      if (collection.listed.parent == gone[at]) gone.push_back(id);
    }
  }
  for (const CollectionRemoteId& id : gone) collections_.erase(id);
}

}  // namespace hermod::conformance
