// Law 5: what a mutation leaves behind, tried once and again.
#include <algorithm>

#include "tests/conformance/laws.hpp"
#include "tests/conformance/message_text.hpp"
#include "tests/conformance/model_engine.hpp"
#include "tests/conformance/world.hpp"

namespace hermod::conformance {
namespace {

constexpr std::int64_t any_time = INT64_MIN;

class Writer {
 public:
  Writer(Subject& subject, ModelEngine& engine, ModelStore& store)
      : subject_(subject),
        engine_(engine),
        store_(store),
        declared_(subject.provider().describe().mutations) {}

  // Pushes it twice, as after an answer that was lost. False: the provider does not have it.
  template <class Change>
  bool twice(std::string_view name, Change change, const CollectionRemoteId& collection) {
    if (std::ranges::find(declared_, name) == declared_.end()) return false;
    Mutation mutation{std::move(change), {}, "marker of " + std::string(name), 1};
    const std::optional<MutationOutcome> first = push(name, mutation, collection);
    mutation.attempt = 2;
    const std::optional<MutationOutcome> second = push(name, mutation, collection);
    if (!first || !second) return true;
    const bool known = second->result == MutationResult::applied || second->result == MutationResult::unknown;
    if (!known) store_.violated(std::string(name) + ", repeated, is applied or unknown");
    if (first->result == MutationResult::applied && second->result == MutationResult::applied &&
        first->new_remote_id != second->new_remote_id) {
      store_.violated(std::string(name) + ", repeated, is the same as the first time");
    }
    return true;
  }

 private:
  std::optional<MutationOutcome> push(std::string_view name, const Mutation& mutation,
                                      const CollectionRemoteId& collection) {
    const StoredCollection& stored = store_.collections().at(collection);
    const CollectionRemoteId& fetched = stored.listed.through.empty() ? collection : stored.listed.through;
    Result<MutationOutcome> outcome = subject_.strand().run(
        engine_.session()->push_mutation(mutation, store_.collections().at(fetched).cursor));
    if (!outcome) {
      store_.violated(std::string(name) + " is tried: " + outcome.error().message);
      return std::nullopt;
    }
    if (outcome->page) store_.commit(fetched, *outcome->page, engine_.fetch_bodies(fetched, *outcome->page));
    if (outcome->result == MutationResult::applied && mutation.attempt == 1)
      store_.confirm(mutation, *outcome);
    return std::move(*outcome);
  }

  Subject& subject_;
  ModelEngine& engine_;
  ModelStore& store_;
  std::vector<std::string> declared_;
};

// Without the times: a draft's is the server's, which the outcome does not say.
Mailbox timeless(const Mailbox& mailbox) {
  Mailbox without;
  for (const auto& [path, folder] : mailbox) {
    for (Seen seen : folder) {
      seen.received_at = 0;
      without[path].insert(std::move(seen));
    }
  }
  return without;
}

CollectionRemoteId collection_at(const ModelStore& store, const std::string& path) {
  for (const auto& [id, collection] : store.collections()) {
    if (collection.listed.path == path) return id;
  }
  return {};
}

// The items of that folder, in any order.
std::vector<RemoteId> items_in(const ModelStore& store, const CollectionRemoteId& id) {
  std::vector<RemoteId> items;
  const StoredCollection& collection = store.collections().at(id);
  const bool label = !collection.listed.through.empty();
  for (const auto& [remote_id, placement] :
       store.collections().at(label ? collection.listed.through : id).placements) {
    if (!label || placement.labels.contains(id.bytes)) items.push_back(remote_id);
  }
  return items;
}

std::size_t count(const Mailbox& mailbox, const std::string& path, const std::string& identity) {
  const auto folder = mailbox.find(path);
  if (folder == mailbox.end()) return 0;
  return static_cast<std::size_t>(
      std::ranges::count_if(folder->second, [&](const Seen& seen) { return seen.identity == identity; }));
}

}  // namespace

Violations check_mutations(const MakeSubject& make) {
  const std::unique_ptr<Subject> subject = make();
  World world(*subject, 1);
  ModelStore store;
  ModelEngine engine(*subject, store);
  world.create_folder("Work");
  const std::int64_t now = subject->unix_now();
  for (const char* id : {"flags@x", "moved@x", "deleted@x"}) {
    world.deliver_raw(world.inbox(), message_text(id, 100), now);
  }
  engine.settle();
  if (engine.session() == nullptr) return {"a session can be opened"};
  const RawStability raw = engine.session()->traits().raw;
  const CollectionRemoteId inbox = collection_at(store, world.inbox()), work = collection_at(store, "Work");
  const std::vector<RemoteId> items = items_in(store, inbox);
  if (items.size() != 3) return {"three messages were delivered"};
  const auto identity = [&](const RemoteId& id) {
    const StoredCollection& collection = store.collections().at(inbox);
    const CollectionRemoteId& fetched = collection.listed.through.empty() ? inbox : collection.listed.through;
    return identity_of(store.collections().at(fetched).placements.at(id).content, raw);
  };
  const std::string moved = identity(items[1]), deleted = identity(items[2]);
  const std::string draft = message_text("draft@x", 10);

  Writer writer(*subject, engine, store);
  writer.twice("SetFlags", SetFlags{{inbox, items[0]}, {1}, {}, {}, {}}, inbox);
  const bool drafts = writer.twice("PutDraft", PutDraft{inbox, {}, draft, {8}}, inbox);
  const bool moves = writer.twice("MoveItem", MoveItem{{inbox, items[1]}, work}, inbox);
  const bool deletes = writer.twice("DeleteItem", DeleteItem{{inbox, items[2]}, Deletion::for_good}, inbox);
  engine.settle();

  ModelStore cold;
  ModelEngine cold_engine(*subject, cold, "cold");
  cold_engine.settle();
  const Mailbox now_there = cold.mailbox(raw, any_time);
  if (drafts && count(now_there, world.inbox(), identity_of(draft, raw)) != 1)
    store.violated("a draft is put once");
  if (moves && (count(now_there, world.inbox(), moved) != 0 || count(now_there, "Work", moved) != 1)) {
    store.violated("a message moved is there and no longer here");
  }
  if (deletes && count(now_there, world.inbox(), deleted) != 0) store.violated("a message deleted is gone");
  for (const std::string& line : differences(timeless(store.mailbox(raw, any_time)), timeless(now_there))) {
    store.violated("no delta contradicts what the mutations said: " + line);
  }
  return {store.violations().begin(), store.violations().end()};
}

}  // namespace hermod::conformance
