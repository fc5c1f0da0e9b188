#include "tests/imap/server/stored_mailbox.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "plugins/imap/wire/ascii.hpp"

namespace hermod::imap::test {

bool StoredMessage::has_flag(std::string_view flag) const {
  return std::ranges::any_of(flags, [&](const auto& one) { return equals_ignoring_case(one, flag); });
}

StoredMessage* StoredFolder::find(std::uint32_t uid) {
  const auto found = std::ranges::find(messages, uid, &StoredMessage::uid);
  return found == messages.end() ? nullptr : &*found;
}

StoredFolder* StoredMailbox::find(const std::string& name) {
  const auto found = folders_.find(name);
  return found == folders_.end() ? nullptr : &found->second;
}

void StoredMailbox::create(const std::string& name, std::vector<std::string> attributes) {
  auto& folder = folders_[name];
  folder.uid_validity = ++last_uid_validity_;
  folder.container = false;
  folder.attributes = std::move(attributes);
}

void StoredMailbox::rename(const std::string& name, const std::string& to) {
  std::map<std::string, StoredFolder> renamed;
  for (auto& [old, folder] : folders_) {
    const bool moves = old == name || old.starts_with(name + "/");
    renamed[moves ? to + old.substr(name.size()) : old] = std::move(folder);
  }
  folders_ = std::move(renamed);
}

void StoredMailbox::remove(const std::string& name) {
  std::erase_if(folders_, [&](const auto& entry) {
    return entry.first == name || entry.first.starts_with(name + "/");
  });
}

void StoredMailbox::remove_alone(const std::string& name) {
  const auto below = folders_.lower_bound(name + "/");
  if (below == folders_.end() || !below->first.starts_with(name + "/")) {
    folders_.erase(name);
    // A container goes with the last one below it.
    const auto parent = name.substr(0, name.rfind('/'));
    if (const auto* above = find(parent); above != nullptr && above->container) remove_alone(parent);
    return;
  }
  auto& folder = folders_.at(name);
  folder = {};
  folder.container = true;
}

void StoredMailbox::subscribe(const std::string& name, bool subscribed) {
  if (subscribed) {
    subscribed_.insert(name);
  } else {
    subscribed_.erase(name);
  }
}

void StoredMailbox::add(StoredFolder& folder, StoredMessage message) {
  message.uid = folder.uid_next++;
  message.modseq = ++folder.highest_modseq;
  folder.messages.push_back(std::move(message));
}

std::uint32_t StoredMailbox::append(const std::string& name, std::string raw, std::int64_t received_at,
                                    std::vector<std::string> flags) {
  auto& folder = folders_.at(name);
  add(folder, {0, std::move(raw), std::move(flags), received_at, 0, "M" + std::to_string(++last_email_id_)});
  return folder.messages.back().uid;
}

void StoredMailbox::set_flags(const std::string& name, std::uint32_t uid, std::vector<std::string> flags) {
  auto& folder = folders_.at(name);
  auto* message = folder.find(uid);
  if (message == nullptr) throw std::runtime_error("no such message");
  if (message->flags == flags) return;
  message->flags = std::move(flags);
  message->modseq = ++folder.highest_modseq;
}

std::uint32_t StoredMailbox::copy(const std::string& name, std::uint32_t uid, const std::string& to) {
  const auto* message = folders_.at(name).find(uid);
  if (message == nullptr) throw std::runtime_error("no such message");
  auto& target = folders_.at(to);
  add(target, StoredMessage(*message));
  return target.messages.back().uid;
}

void StoredMailbox::expunge(const std::string& name, std::uint32_t uid) {
  auto& folder = folders_.at(name);
  if (std::erase_if(folder.messages, [&](const auto& message) { return message.uid == uid; }) == 0) {
    throw std::runtime_error("no such message");
  }
  folder.expunged.emplace_back(uid, ++folder.highest_modseq);
}

void StoredMailbox::expunge_deleted(const std::string& name) {
  std::vector<std::uint32_t> deleted;
  for (const auto& message : folders_.at(name).messages) {
    if (message.has_flag("\\Deleted")) deleted.push_back(message.uid);
  }
  for (const auto uid : deleted) expunge(name, uid);
}

void StoredMailbox::renumber(const std::string& name) { renumber(name, ++last_uid_validity_); }

void StoredMailbox::renumber(const std::string& name, std::uint32_t uid_validity) {
  auto& folder = folders_.at(name);
  folder.uid_validity = uid_validity;
  folder.uid_next = 1;
  folder.expunged.clear();
  for (auto& message : std::exchange(folder.messages, {})) add(folder, std::move(message));
}

}  // namespace hermod::imap::test
