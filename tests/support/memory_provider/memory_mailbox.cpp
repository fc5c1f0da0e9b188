#include "tests/support/memory_provider/memory_mailbox.hpp"

#include <stdexcept>

namespace hermod::memory {
namespace {

struct Registry {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<MemoryMailbox>> mailboxes;
};
Registry& registry() {
  static Registry registry;
  return registry;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

struct SplitPath {
  std::string parent, name;
};
SplitPath split(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

std::shared_ptr<MemoryMailbox> MemoryMailbox::named(const std::string& name) {
  std::lock_guard lock(registry().mutex);
  std::shared_ptr<MemoryMailbox>& mailbox = registry().mailboxes[name];
  if (!mailbox) mailbox = std::make_shared<MemoryMailbox>();
  return mailbox;
}

void MemoryMailbox::forget(const std::string& name) {
  std::lock_guard lock(registry().mutex);
  registry().mailboxes.erase(name);
}

MemoryMailbox::Guard::Guard(MemoryMailbox& mailbox)
    : mailbox_(&mailbox), lock_(mailbox.mutex_), before_(mailbox.state_.change) {}

MemoryMailbox::Guard::~Guard() {
  if (mailbox_->state_.change == before_) return;
  for (Waiter* waiter : std::exchange(mailbox_->watchers_, {})) waiter->release();
}

void MemoryMailbox::watch(Waiter& waiter, std::uint64_t seen) {
  std::lock_guard lock(mutex_);
  if (state_.change > seen) {
    waiter.release();
  } else {
    watchers_.push_back(&waiter);
  }
}

bool MemoryMailbox::unwatch(Waiter& waiter) {
  std::lock_guard lock(mutex_);
  return watchers_.remove(&waiter) != 0;
}

void MemoryMailbox::use_labels() {
  const Guard guard(*this);
  if (state_.layout == Layout::labels) return;
  if (!state_.folders.empty()) throw std::invalid_argument("the mailbox has folders already");
  state_.layout = Layout::labels;
  state_.add_folder({}, "All", Role::all);
}

std::string MemoryMailbox::create_folder(const std::string& path, Role role) {
  const Guard guard(*this);
  if (state_.find(path) != nullptr) throw std::invalid_argument("that folder exists: " + path);
  SplitPath parts = split(path);
  std::string parent = parts.parent.empty() ? std::string() : folder_at(parts.parent).id;
  return state_.add_folder(std::move(parent), std::move(parts.name), role).id;
}

void MemoryMailbox::rename_folder(const std::string& path, const std::string& new_path) {
  const Guard guard(*this);
  SplitPath parts = split(new_path);
  std::string parent = parts.parent.empty() ? std::string() : folder_at(parts.parent).id;
  state_.rename_folder(folder_at(path), std::move(parent), std::move(parts.name));
}

void MemoryMailbox::delete_folder(const std::string& path) {
  const Guard guard(*this);
  state_.remove_folder(std::string(folder_at(path).id));
}

std::string MemoryMailbox::deliver(const std::string& path, std::string raw, Delivery delivery) {
  const Guard guard(*this);
  std::shared_ptr<const StoredMessage> message = stored_message(state_, std::move(raw), delivery.received_at);
  std::string key = message->key;
  Folder& folder = folder_at(path);
  Entry entry{std::move(message), delivery.flags, std::move(delivery.keywords)};
  state_.add_into(folder, std::move(entry), {});
  return key;
}

void MemoryMailbox::set_flags(const std::string& path, const std::string& message_id, FlagSet flags,
                              std::set<std::string> keywords) {
  const Guard guard(*this);
  const Place place = place_of(path, message_id);
  place.entry->flags = flags;
  place.entry->keywords = std::move(keywords);
  state_.touch(*place.folder, *place.entry, {});
}

void MemoryMailbox::move(const std::string& path, const std::string& message_id, const std::string& to) {
  const Guard guard(*this);
  const Place place = place_of(path, message_id);
  Folder& target = folder_at(to);
  state_.move(folder_at(path), place.uid, target, state_.move_order, {});
}

void MemoryMailbox::copy(const std::string& path, const std::string& message_id, const std::string& to) {
  const Guard guard(*this);
  const Place place = place_of(path, message_id);
  Folder& target = folder_at(to);
  if (state_.layout == Layout::labels) {
    place.entry->labels.insert(target.id);
    state_.touch(*place.folder, *place.entry, {});
  } else {
    state_.add(target, Entry(*place.entry), {});
  }
}

void MemoryMailbox::expunge(const std::string& path, const std::string& message_id) {
  const Guard guard(*this);
  const Place place = place_of(path, message_id);
  const std::string label = folder_at(path).id;
  if (state_.layout == Layout::labels && label != MailboxState::carrier) {
    place.entry->labels.erase(label);
    state_.touch(*place.folder, *place.entry, {});
  } else {
    state_.remove(*place.folder, place.uid, {});
  }
}

std::vector<ListedMessage> MemoryMailbox::list(const std::string& path) const {
  auto& self = const_cast<MemoryMailbox&>(*this);
  std::lock_guard lock(mutex_);
  Folder& folder = self.folder_at(path);
  const Folder& lies_in = self.state_.store_of(folder);
  std::vector<ListedMessage> messages;
  for (const auto& [uid, entry] : lies_in.entries) {
    if (!state_.bears(entry, folder)) continue;
    messages.push_back({remote_id_of(lies_in, uid), entry.message->message_id, entry.message->key,
                        entry.message->raw, entry.flags, entry.keywords, entry.message->received_at});
  }
  return messages;
}

void MemoryMailbox::change_validity(const std::string& path) {
  const Guard guard(*this);
  Folder& folder = folder_at(path);
  ++folder.validity;
  ++folder.epoch;
  folder.uid_next = 1;
  folder.tombstones.clear();
  for (auto& [uid, entry] : std::exchange(folder.entries, {})) state_.add(folder, std::move(entry), {});
  folder.changed = ++state_.change;
}

void MemoryMailbox::forget_cursors(const std::string& path) {
  const Guard guard(*this);
  Folder& folder = folder_at(path);
  ++folder.epoch;
  folder.changed = ++state_.change;
}

void MemoryMailbox::set_move_order(MoveOrder order) {
  locked([&](MailboxState& state) { state.move_order = order; });
}

void MemoryMailbox::set_password(std::string password) {
  locked([&](MailboxState& state) { state.password = std::move(password); });
}

Folder& MemoryMailbox::folder_at(const std::string& path) {
  Folder* folder = state_.find(path);
  if (folder == nullptr) throw std::invalid_argument("no such folder: " + path);
  return *folder;
}

MemoryMailbox::Place MemoryMailbox::place_of(const std::string& path, const std::string& message_id) {
  Folder& named = folder_at(path);
  Folder& folder = state_.store_of(named);
  state_.finish_arrival(folder, message_id);
  for (auto& [uid, entry] : folder.entries) {
    if (state_.leaves(folder, uid)) continue;
    if (entry.message->message_id == message_id && state_.bears(entry, named)) {
      return {&folder, uid, &entry};
    }
  }
  throw std::invalid_argument("no such message in " + path);
}

std::shared_ptr<const StoredMessage> stored_message(MailboxState& state, std::string raw,
                                                    std::int64_t received_at) {
  auto message = std::make_shared<StoredMessage>();
  message->key = "m" + std::to_string(state.next_key++);
  message->message_id = header_value(raw, "message-id");
  if (message->message_id.starts_with('<') && message->message_id.ends_with('>')) {
    message->message_id = message->message_id.substr(1, message->message_id.size() - 2);
  }
  message->raw = std::move(raw);
  message->received_at = received_at;
  return message;
}

std::string header_value(std::string_view raw, std::string_view name) {
  while (!raw.empty()) {
    const std::size_t end = raw.find('\n');
    std::string_view line = raw.substr(0, end);
    raw.remove_prefix(end == std::string_view::npos ? raw.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon != name.size()) continue;
    std::size_t same = 0;
    while (same < colon && lower(line[same]) == name[same]) ++same;
    if (same != colon) continue;
    line.remove_prefix(colon + 1);
    while (line.starts_with(' ')) line.remove_prefix(1);
    return std::string(line);
  }
  return {};
}

}  // namespace hermod::memory
