#include "tests/support/memory_provider/mailbox_state.hpp"

#include <cstdio>

#include "hermod/task.hpp"

namespace hermod::memory {

Folder* MailboxState::find(std::string_view path) {
  for (auto& [id, folder] : folders) {
    if (path_of(folder) == path) return &folder;
  }
  return nullptr;
}

Folder* MailboxState::find_role(Role role) {
  for (auto& [id, folder] : folders) {
    if (folder.role == role) return &folder;
  }
  return nullptr;
}

Folder& MailboxState::store_of(Folder& folder) {
  return layout == Layout::labels ? folders.at(carrier) : folder;
}

bool MailboxState::bears(const Entry& entry, const Folder& folder) const {
  return layout == Layout::folders || folder.id == carrier || entry.labels.contains(folder.id);
}

std::string MailboxState::path_of(const Folder& folder) const {
  std::string path = folder.name;
  const Folder* at = &folder;
  for (std::size_t depth = 0; depth < folder_depth_max; ++depth) {
    const auto parent = folders.find(at->parent);
    if (parent == folders.end()) break;
    at = &parent->second;
    path = at->name + "/" + path;
  }
  return path;
}

bool MailboxState::within(const Folder& folder, const std::string& ancestor) const {
  const Folder* at = &folder;
  for (std::size_t depth = 0; depth <= folder_depth_max; ++depth) {
    if (at->id == ancestor) return true;
    const auto parent = folders.find(at->parent);
    if (parent == folders.end()) return false;
    at = &parent->second;
  }
  return false;
}

Folder& MailboxState::add_folder(std::string parent, std::string name, Role role) {
  if (folders.size() >= folders_max) rule_broken("too many folders in a mailbox in memory");
  std::string id = folders.empty() && layout == Layout::labels ? carrier : "f" + std::to_string(next_key++);
  Folder& folder = folders[id];
  folder.id = std::move(id);
  folder.parent = std::move(parent);
  folder.name = std::move(name);
  folder.role = role;
  folder.changed = listing_change = ++change;
  return folder;
}

void MailboxState::rename_folder(Folder& folder, std::string parent, std::string name) {
  folder.parent = std::move(parent);
  folder.name = std::move(name);
  listing_change = ++change;
}

void MailboxState::remove_folder(const std::string& id) {
  std::vector<std::string> gone;
  for (const auto& [other, folder] : folders) {
    if (within(folder, id)) gone.push_back(other);
  }
  for (const std::string& folder : gone) {
    if (layout == Layout::labels) {
      Folder& all = folders.at(carrier);
      for (auto& [uid, entry] : all.entries) {
        if (entry.labels.erase(folder) != 0) touch(all, entry, {});
      }
    }
    folders.erase(folder);
  }
  listing_change = ++change;
  for (const std::string& folder : gone) seen_to_the_end(folder);  // nobody will read it any more
}

std::uint64_t MailboxState::add(Folder& folder, Entry entry, const std::string& device) {
  const std::uint64_t uid = folder.uid_next++;
  entry.added = ++change;
  entry.changed = entry.changed_by_others = 0;
  touch(folder, folder.entries.emplace(uid, std::move(entry)).first->second, device);
  return uid;
}

std::uint64_t MailboxState::add_into(Folder& folder, Entry entry, const std::string& device) {
  if (layout == Layout::labels && folder.id != carrier) entry.labels.insert(folder.id);
  return add(store_of(folder), std::move(entry), device);
}

void MailboxState::remove(Folder& folder, std::uint64_t uid, const std::string& device) {
  if (folder.entries.erase(uid) == 0) return;
  if (folder.tombstones.size() >= tombstones_max) rule_broken("too many removals in a folder in memory");
  folder.changed = ++change;
  folder.tombstones.push_back({uid, change, device});
}

void MailboxState::touch(Folder& folder, Entry& entry, const std::string& device) {
  if (entry.changed_by != device) entry.changed_by_others = entry.changed;
  entry.changed = folder.changed = ++change;
  entry.changed_by = device;
}

std::uint64_t MailboxState::move(Folder& from, std::uint64_t uid, Folder& to, MoveOrder order,
                                 const std::string& device) {
  if (layout == Layout::labels) {
    Folder& all = folders.at(carrier);
    Entry& entry = all.entries.at(uid);
    entry.labels.erase(from.id);
    if (to.id != carrier) entry.labels.insert(to.id);
    touch(all, entry, device);
    return uid;
  }
  Entry entry = from.entries.at(uid);
  if (order == MoveOrder::removed_first) {
    remove(from, uid, device);
    pending.push_back({from.id, to.id, 0, std::move(entry)});
    return 0;
  }
  if (order == MoveOrder::added_first) {
    pending.push_back({to.id, from.id, uid, {}});
  } else {
    remove(from, uid, device);
  }
  return add(to, std::move(entry), device);
}

namespace {
template <class Predicate>
void finish_moves(MailboxState& state, Predicate is_due) {
  std::vector<PendingHalf> due;
  std::erase_if(state.pending, [&](PendingHalf& half) {
    if (!is_due(half)) return false;
    due.push_back(std::move(half));
    return true;
  });
  for (PendingHalf& half : due) {
    const auto target = state.folders.find(half.folder);
    if (target == state.folders.end()) continue;
    if (half.uid != 0) {
      state.remove(target->second, half.uid, {});
    } else {
      state.add(target->second, std::move(half.entry), {});
    }
  }
}
}  // namespace

void MailboxState::seen_to_the_end(const std::string& folder) {
  finish_moves(*this, [&](const PendingHalf& half) { return half.trigger == folder; });
}

bool MailboxState::leaves(const Folder& folder, std::uint64_t uid) const {
  for (const PendingHalf& half : pending) {
    if (half.folder == folder.id && half.uid == uid) return true;
  }
  return false;
}

void MailboxState::finish_arrival(Folder& folder, std::string_view message_id) {
  finish_moves(*this, [&](const PendingHalf& half) {
    return half.folder == folder.id && half.uid == 0 && half.entry.message->message_id == message_id;
  });
}

RemoteId remote_id_of(const Folder& folder, std::uint64_t uid) {
  char text[32];
  std::snprintf(text, sizeof text, "%010llu.%010llu", static_cast<unsigned long long>(folder.validity),
                static_cast<unsigned long long>(uid));
  return {text};
}

std::uint64_t uid_of(const Folder& folder, const RemoteId& remote_id) {
  unsigned long long validity = 0, uid = 0;
  if (std::sscanf(remote_id.bytes.c_str(), "%10llu.%10llu", &validity, &uid) != 2) return 0;
  return validity == folder.validity ? uid : 0;
}

}  // namespace hermod::memory
