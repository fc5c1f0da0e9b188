#include "core/conformance/end_state.hpp"

namespace hermod::conformance {
namespace {

void compare_addresses(const ModelStore& cold, ModelStore& store, std::int64_t window_start) {
  const auto wanted = cold.addresses(window_start);
  for (const auto& [id, items] : store.addresses(window_start)) {
    const auto folder = wanted.find(id);
    if (folder == wanted.end()) continue;  // a difference of mailboxes
    const std::string path = store.collections().at(id).listed.path;
    for (const auto& [remote_id, version] : items) {
      const auto item = folder->second.find(remote_id);
      if (item == folder->second.end()) {
        store.violated("remote ids are those of a cold snapshot: " + path + " has none " + remote_id.bytes);
      } else if (item->second != version) {
        store.violated("versions are those of a cold snapshot: " + path + " " + remote_id.bytes + " is " +
                       version.bytes + ", not " + item->second.bytes);
      }
    }
    for (const auto& [remote_id, version] : folder->second) {
      if (!items.contains(remote_id)) {
        store.violated("remote ids are those of a cold snapshot: " + path + " has " + remote_id.bytes);
      }
    }
  }
}

}  // namespace

void compare_with_cold(Subject& subject, ModelEngine& engine, ModelStore& store) {
  if (engine.session() == nullptr) return;
  const RawStability raw = engine.session()->traits().raw;
  const std::int64_t window_start = subject.window_start();
  ModelStore cold;
  ModelEngine cold_engine(subject, cold, "cold");
  cold_engine.settle();
  for (const std::string& line : cold.violations()) store.violated("from scratch: " + line);
  for (const std::string& line :
       differences(store.mailbox(raw, window_start), cold.mailbox(raw, window_start))) {
    store.violated("the store is what a cold snapshot gives: " + line);
  }
  if (subject.quirks().stable_addresses) compare_addresses(cold, store, window_start);
}

void compare(Subject& subject, ModelEngine& engine, ModelStore& store, const World& world) {
  if (engine.session() == nullptr) return;
  const RawStability raw = engine.session()->traits().raw;
  if (!subject.quirks().other_client) return compare_with_cold(subject, engine, store);
  for (const std::string& line :
       differences(store.mailbox(raw, subject.window_start()), world.expected(raw))) {
    store.violated("the store is what the mailbox is: " + line);
  }
  compare_with_cold(subject, engine, store);
}

std::vector<std::string> lines(const ModelStore& store) {
  return {store.violations().begin(), store.violations().end()};
}

}  // namespace hermod::conformance
