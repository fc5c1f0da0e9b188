#include "tests/support/memory_provider/mutations.hpp"

#include "tests/support/memory_provider/memory_mailbox.hpp"

namespace hermod::memory {
namespace {

MutationOutcome refused(MutationResult result, ErrorKind kind, std::string message) {
  MutationOutcome outcome;
  outcome.result = result;
  outcome.error = Error{kind, ErrorScope::item, Retry::never(), std::move(message), {}, {}, {}};
  return outcome;
}
MutationOutcome gone() { return refused(MutationResult::failed, ErrorKind::not_found, "it is not there"); }

MutationOutcome applied() {
  MutationOutcome outcome;
  outcome.result = MutationResult::applied;
  return outcome;
}

class Application {
 public:
  Application(MailboxState& state, const Mutation& mutation, const SessionOptions& options)
      : state_(state),
        mutation_(mutation),
        device_(options.device),
        options_(options),
        writer_(mutation.base ? options.device : std::string()) {}

  Result<MutationOutcome> operator()(const SetFlags& change) {
    const Place place = find(change.item);
    if (place.entry == nullptr) return gone();
    if (stale(*place.entry)) return conflict();
    Entry& entry = *place.entry;
    entry.flags.bits = static_cast<std::uint16_t>((entry.flags.bits | change.add.bits) & ~change.remove.bits);
    entry.keywords.insert(change.add_keywords.begin(), change.add_keywords.end());
    for (const std::string& keyword : change.remove_keywords) entry.keywords.erase(keyword);
    state_.touch(*place.store, entry, writer_);
    return named(*place.store, place.uid);
  }
  Result<MutationOutcome> operator()(const MoveItem& change) {
    const Place place = find(change.item);
    const auto to = state_.folders.find(change.to.bytes);
    if (place.entry == nullptr || to == state_.folders.end()) return gone();
    if (stale(*place.entry)) return conflict();
    return move(place, to->second);
  }
  Result<MutationOutcome> operator()(const CopyItem& change) {
    const Place place = find(change.item);
    const auto to = state_.folders.find(change.to.bytes);
    if (place.entry == nullptr || to == state_.folders.end()) return gone();
    if (stale(*place.entry)) return conflict();
    if (state_.layout == Layout::labels) {
      if (to->first != MailboxState::carrier) place.entry->labels.insert(to->first);
      state_.touch(*place.store, *place.entry, writer_);
      return named(*place.store, place.uid);
    }
    Entry copy{place.entry->message, place.entry->flags, place.entry->keywords};
    return named(to->second, state_.add(to->second, std::move(copy), writer_));
  }
  Result<MutationOutcome> operator()(const DeleteItem& change) {
    const Place place = find(change.item);
    if (place.entry == nullptr) return gone();
    if (stale(*place.entry)) return conflict();
    if (change.deletion == Deletion::for_good) {
      state_.remove(*place.store, place.uid, device_);
      return applied();
    }
    Folder* trash = state_.find_role(Role::trash);
    if (trash == nullptr) return refused(MutationResult::failed, ErrorKind::unsupported, "there is no trash");
    place.entry->labels.clear();
    return move(place, *trash);
  }
  Result<MutationOutcome> operator()(const PutDraft& change) {
    const auto folder = state_.folders.find(change.collection.bytes);
    if (folder == state_.folders.end()) return gone();
    if (change.replaces) {
      const Place place = find({change.collection, *change.replaces});
      if (place.entry == nullptr) return gone();
      if (stale(*place.entry)) return conflict();
      state_.remove(*place.store, place.uid, device_);
    }
    Entry entry{stored_message(state_, change.raw, change.received_at), change.flags};
    const std::string key = entry.message->key;
    const std::uint64_t uid = state_.add_into(folder->second, std::move(entry), device_);
    MutationOutcome outcome = named(state_.store_of(folder->second), uid, Known::yes);
    if (!options_.has(Mode::no_object_key)) outcome.object_key = key;
    return outcome;
  }
  Result<MutationOutcome> operator()(const CreateCollection& change) {
    if (!change.parent.empty() && !state_.folders.contains(change.parent.bytes)) return gone();
    if (taken(change.parent.bytes, change.name)) return conflict();
    MutationOutcome outcome = applied();
    outcome.new_collection =
        CollectionRemoteId{state_.add_folder(change.parent.bytes, change.name, Role::none).id};
    return outcome;
  }
  Result<MutationOutcome> operator()(const RenameCollection& change) {
    const auto folder = state_.folders.find(change.collection.bytes);
    const auto parent = state_.folders.find(change.new_parent.bytes);
    if (folder == state_.folders.end()) return gone();
    if (!change.new_parent.empty()) {
      if (parent == state_.folders.end()) return gone();
      if (state_.within(parent->second, folder->first)) return conflict();  // it would lie in itself
    }
    if (taken(change.new_parent.bytes, change.new_name)) return conflict();
    state_.rename_folder(folder->second, change.new_parent.bytes, change.new_name);
    MutationOutcome outcome = applied();
    outcome.new_collection = change.collection;  // ids stay here, and those of the folders below it
    return outcome;
  }
  Result<MutationOutcome> operator()(const DeleteCollection& change) {
    if (!state_.folders.contains(change.collection.bytes)) return gone();
    state_.remove_folder(change.collection.bytes);
    return applied();
  }
  template <class Other>
  Result<MutationOutcome> operator()(const Other&) {
    if (options_.sabotage == Sabotage::law6) return applied();
    return Error{
        ErrorKind::unsupported, ErrorScope::item, Retry::never(), "the mailbox holds mail alone", {}, {}, {}};
  }

 private:
  struct Place {
    Folder* store = nullptr;
    Folder* folder = nullptr;
    std::uint64_t uid = 0;
    Entry* entry = nullptr;  // null: it is not there
  };
  Place find(const ItemAddress& address) {
    const auto folder = state_.folders.find(address.collection.bytes);
    if (folder == state_.folders.end()) return {};
    Folder& store = state_.store_of(folder->second);
    const auto entry = store.entries.find(uid_of(store, address.remote_id));
    if (entry == store.entries.end() || !state_.bears(entry->second, folder->second)) return {};
    if (state_.leaves(store, entry->first)) return {};
    return {&store, &folder->second, entry->first, &entry->second};
  }
  bool stale(const Entry& entry) const {
    if (options_.sabotage == Sabotage::law5) return false;
    return mutation_.base && mutation_.base->bytes != std::to_string(entry.changed);
  }
  bool taken(const std::string& parent, const std::string& name) const {
    for (const auto& [id, folder] : state_.folders) {
      if (folder.parent == parent && folder.name == name) return true;
    }
    return false;
  }
  static MutationOutcome conflict() {
    return refused(MutationResult::conflict, ErrorKind::conflict, "it changed meanwhile, or exists already");
  }
  // Whether the engine knows what the item is by now. It does not where others may have changed it since the
  // engine saw it, so that its version must not be said, nor the change be kept from it as its own.
  enum class Known : std::uint8_t { as_the_base_was, yes };
  MutationOutcome named(const Folder& store, std::uint64_t uid, Known known = Known::as_the_base_was) const {
    MutationOutcome outcome = applied();
    outcome.new_remote_id = remote_id_of(store, uid);
    if (known == Known::yes || mutation_.base) {
      outcome.new_version = RemoteVersion{std::to_string(store.entries.at(uid).changed)};
    }
    return outcome;
  }
  MutationOutcome move(const Place& place, Folder& to) {
    if (place.folder == &to) return named(*place.store, place.uid);
    const std::uint64_t uid = state_.move(*place.folder, place.uid, to, MoveOrder::atomic, writer_);
    return named(state_.store_of(to), uid);
  }

  MailboxState& state_;
  const Mutation& mutation_;
  const std::string& device_;
  const SessionOptions& options_;
  const std::string writer_;  // whom the change is said to be of; empty: anybody
};

}  // namespace

Result<MutationOutcome> apply_mutation(MailboxState& state, const Mutation& mutation,
                                       const SessionOptions& options) {
  const bool untold = options.has(Mode::untold) && std::holds_alternative<PutDraft>(mutation.change);
  if (mutation.attempt > 1 && options.sabotage != Sabotage::law5 && !untold) {
    const auto before = state.applied.find(mutation.marker);
    if (before != state.applied.end()) return before->second;
  }
  Result<MutationOutcome> outcome = std::visit(Application(state, mutation, options), mutation.change);
  if (outcome && outcome->result == MutationResult::applied) state.applied[mutation.marker] = *outcome;
  if (outcome && untold) {
    outcome->new_remote_id.reset();
    outcome->new_version.reset();
    outcome->object_key.clear();
  }
  return outcome;
}

}  // namespace hermod::memory
