// What ModelStore makes of an applied mutation, as the engine does: the outcome is all it may go by, since
// the provider need not tell the change again.
#include <algorithm>

#include "tests/conformance/model_store.hpp"

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

void ModelStore::confirm(const SetFlags& change, const MutationOutcome& outcome) {
  const auto held = store_of(change.item.collection).placements.find(change.item.remote_id);
  if (held == store_of(change.item.collection).placements.end()) return;
  KnownItem& item = held->second.item;
  item.flags.bits = static_cast<std::uint16_t>((item.flags.bits | change.add.bits) & ~change.remove.bits);
  if (outcome.new_version) item.version = *outcome.new_version;
}

void ModelStore::confirm(const MoveItem& change, const MutationOutcome& outcome) {
  StoredCollection& from = store_of(change.item.collection);
  StoredCollection& to = store_of(change.to);
  auto moved = from.placements.extract(change.item.remote_id);
  if (moved.empty()) return;
  Placement& placement = moved.mapped();
  placement.labels.erase(change.item.collection.bytes);
  if (!collections_.at(change.to).listed.through.empty()) placement.labels.insert(change.to.bytes);
  placement.confirmed_at = clock_;
  if (outcome.new_version) placement.item.version = *outcome.new_version;
  if (outcome.new_remote_id) placement.item.remote_id = moved.key() = *outcome.new_remote_id;
  to.placements.insert(std::move(moved));
}

void ModelStore::confirm(const DeleteItem& change, const MutationOutcome&) {
  if (change.deletion == Deletion::for_good)
    store_of(change.item.collection).placements.erase(change.item.remote_id);
}

void ModelStore::confirm(const PutDraft& change, const MutationOutcome& outcome) {
  StoredCollection& collection = store_of(change.collection);
  if (change.replaces) collection.placements.erase(*change.replaces);
  if (!outcome.new_remote_id) return;
  Placement& placement = collection.placements[*outcome.new_remote_id];
  placement.item.remote_id = *outcome.new_remote_id;
  if (outcome.new_version) placement.item.version = *outcome.new_version;
  placement.item.flags = change.flags;
  placement.content = change.raw;
  placement.confirmed_at = clock_;
  if (!collections_.at(change.collection).listed.through.empty())
    placement.labels.insert(change.collection.bytes);
}

}  // namespace hermod::conformance
