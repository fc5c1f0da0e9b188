// What a write makes of the world, whoever wrote it.
#include "core/conformance/message_text.hpp"
#include "core/conformance/world.hpp"

namespace hermod::conformance {

void World::wrote_flags(const std::string& path, const std::string& message_id, FlagSet add, FlagSet remove) {
  std::uint16_t& flags = message(path, message_id)->flags;
  flags = static_cast<std::uint16_t>((flags | add.bits) & ~remove.bits);
}

void World::wrote_move(const std::string& path, const std::string& message_id, const std::string& to) {
  const std::shared_ptr<Message> moved = message(path, message_id);
  std::erase(folders_[path], moved);
  folders_[to].push_back(moved);
}

void World::wrote_copy(const std::string& path, const std::string& message_id, const std::string& to) {
  const std::shared_ptr<Message> copied = message(path, message_id);
  const bool shared = quirks_.layout == Layout::labels;
  folders_[to].push_back(shared ? copied : std::make_shared<Message>(*copied));
}

void World::wrote_delete(const std::string& path, const std::string& message_id, Deletion deletion) {
  const std::shared_ptr<Message> deleted = message(path, message_id);
  if (quirks_.layout == Layout::labels) {
    for (auto& [other, folder] : folders_) std::erase(folder, deleted);
    if (deletion == Deletion::for_good) std::erase(everything_, deleted);
  } else {
    std::erase(folders_[path], deleted);
  }
  if (deletion == Deletion::to_trash) folders_[quirks_.trash].push_back(deleted);
}

void World::wrote_draft(const std::string& path, const PutDraft& draft) {
  const auto message = std::make_shared<Message>(
      Message{message_id_in(draft.raw), draft.raw, draft.flags.bits, draft.received_at});
  folders_[path].push_back(message);
  if (quirks_.layout == Layout::labels) everything_.push_back(message);
}

void World::wrote_rename(const std::string& path, const std::string& to) {
  std::map<std::string, Folder> renamed;
  for (auto& [other, folder] : folders_) {
    const bool moves = other == path || other.starts_with(path + "/");
    renamed[moves ? to + other.substr(path.size()) : other] = std::move(folder);
  }
  folders_ = std::move(renamed);
}

void World::wrote_folder_deletion(const std::string& path) {
  std::erase_if(folders_, [&](const auto& entry) {
    return entry.first == path || entry.first.starts_with(path + "/");
  });
}

}  // namespace hermod::conformance
