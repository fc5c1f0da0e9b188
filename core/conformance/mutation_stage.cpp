#include "core/conformance/mutation_stage.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/conformance/message_text.hpp"

namespace hermod::conformance {

Stage::Stage(const MakeSubject& make)
    : subject_(make()),
      world(subject, 1),
      engine(subject, store),
      writer(subject, engine, store),
      inbox(subject.quirks().inbox) {
  world.create_folder("Work");
}

void Stage::deliver(const std::vector<std::string>& message_ids) {
  for (const std::string& id : message_ids) {
    if (!world.deliver_raw(inbox, message_text(id, 100), subject.unix_now())) {
      throw std::runtime_error("the server refuses a plain message");
    }
  }
  engine.settle();
}

CollectionRemoteId Stage::collection(const std::string& path) const {
  for (const auto& [id, collection] : store.collections()) {
    if (collection.listed.path == path) return id;
  }
  return {};
}

FoundMessage Stage::find(const std::string& path, const std::string& message_id) const {
  const CollectionRemoteId id = collection(path);
  const StoredCollection& listed = store.collections().at(id);
  const bool label = !listed.listed.through.empty();
  for (const auto& [remote_id, placement] :
       label ? store.collections().at(listed.listed.through).placements : listed.placements) {
    if (label && !placement.labels.contains(id.bytes)) continue;
    if (message_id_in(placement.content) == message_id) return {{id, remote_id}, placement.item.version};
  }
  throw std::out_of_range("the store has no " + message_id + " in " + path);
}

void Stage::sync_all() {
  engine.settle();
  compare_with_cold(subject, engine, store);
  cold_ = store.mailbox(RawStability::regenerated, subject.window_start());
}

std::size_t Stage::count(const std::string& path, const std::string& message_id) const {
  const auto folder = cold_.find(path);
  if (folder == cold_.end()) return 0;
  return static_cast<std::size_t>(
      std::ranges::count(folder->second, message_id, [](const Seen& seen) { return seen.identity; }));
}

std::optional<Seen> Stage::seen(const std::string& path, const std::string& message_id) const {
  const auto folder = cold_.find(path);
  if (folder == cold_.end()) return std::nullopt;
  for (const Seen& seen : folder->second) {
    if (seen.identity == message_id) return seen;
  }
  return std::nullopt;
}

void Stage::expect_done(std::string_view name, const MutationOutcome& outcome) {
  if (outcome.result == MutationResult::applied || outcome.result == MutationResult::unknown) return;
  store.violated(std::string(name) + " of what is there is applied, also the second time" +
                 (outcome.error ? " (" + outcome.error->message + ")" : ""));
}

}  // namespace hermod::conformance
