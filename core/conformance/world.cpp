#include "core/conformance/world.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/conformance/message_text.hpp"

namespace hermod::conformance {
namespace {

constexpr std::int64_t day = 24 * 60 * 60;
constexpr std::int64_t oldest_days = 60;
constexpr std::size_t body_sizes[] = {10, 200, 900};

}  // namespace

World::World(Subject& subject, std::uint32_t seed)
    : subject_(subject), quirks_(subject.quirks()), generator_(seed) {
  folders_[quirks_.inbox];
  if (!quirks_.trash.empty()) folders_[quirks_.trash];
}

void World::deliver(const std::string& path, std::size_t body_bytes) {
  const std::string message_id = std::to_string(next_++) + "@conformance.example";
  const auto age = static_cast<std::int64_t>(below(oldest_days * day));
  if (!deliver_raw(path, message_text(message_id, body_bytes), subject_.unix_now() - age)) {
    throw std::runtime_error("the server refuses a plain message");
  }
  folders_[path].back()->message_id = message_id;
}

bool World::deliver_raw(const std::string& path, const std::string& raw, std::int64_t received_at) {
  std::optional<Delivered> delivered = subject_.other_client().deliver(path, raw, received_at);
  if (!delivered) return false;
  auto message = std::make_shared<Message>(Message{{}, std::move(delivered->raw), 0, delivered->received_at});
  folders_[path].push_back(message);
  if (quirks_.layout == Layout::labels) everything_.push_back(std::move(message));
  return true;
}

bool World::create_folder(const std::string& path) {
  if (!subject_.other_client().create_folder(path)) return false;
  folders_[path];
  return true;
}

void World::populate(std::size_t messages) {
  if (!quirks_.other_client) return;
  create_folder("Work");
  create_folder("Work/Reports");
  for (std::size_t i = 0; i < messages; ++i) deliver(any_folder(), body_sizes[below(std::size(body_sizes))]);
}

void World::act() { act_by(below(100)); }
void World::act_on_messages() { act_by(below(87)); }

void World::act_by(std::size_t chance) {
  if (!quirks_.other_client) return;
  if (chance < 35) return deliver(any_folder(), body_sizes[below(std::size(body_sizes))]);
  if (chance < 55) return set_flags();
  if (chance < 75) return move_or_copy();
  if (chance < 87) return expunge();
  if (chance < 91) {
    create_folder("New" + std::to_string(next_++));
    return;
  }
  if (chance < 94) return rename_folder();
  if (chance < 96) return delete_folder();
  subject_.let_time_pass(std::chrono::hours(1 + below(60)));
}

Mailbox World::expected(RawStability raw) const {
  Mailbox mailbox;
  const std::int64_t window_start = subject_.window_start();
  const auto add = [&](const std::string& path, const Folder& folder) {
    std::multiset<Seen>& seen = mailbox[path];
    for (const auto& message : folder) {
      if (message->received_at < window_start) continue;
      seen.insert({identity_of(message->raw, raw), message->flags, {}, message->received_at});
    }
  };
  for (const auto& [path, folder] : folders_) add(path, folder);
  if (quirks_.layout == Layout::labels) add(quirks_.all_mail, everything_);
  return mailbox;
}

std::string World::any_folder() {
  return std::next(folders_.begin(), static_cast<long>(below(folders_.size())))->first;
}

bool World::is_own(const std::string& path) const { return path != quirks_.inbox && path != quirks_.trash; }

std::string World::own_folder() {
  const std::string path = any_folder();
  return is_own(path) ? path : std::string();
}

std::shared_ptr<World::Message> World::any_message(const std::string& path) {
  const Folder& folder = folders_.at(path);
  if (folder.empty()) return nullptr;
  return folder[below(folder.size())];
}

std::shared_ptr<World::Message> World::message(const std::string& path, const std::string& message_id) const {
  const auto folder = folders_.find(path);
  if (folder == folders_.end()) return nullptr;
  const auto found =
      std::ranges::find(folder->second, message_id, [](const auto& m) { return m->message_id; });
  return found == folder->second.end() ? nullptr : *found;
}

bool World::holds(const std::string& path, const std::string& message_id) const {
  return message(path, message_id) != nullptr;
}

void World::set_flags() {
  const std::string path = any_folder();
  const std::shared_ptr<Message> message = any_message(path);
  if (message == nullptr) return;
  message->flags = static_cast<std::uint16_t>(below(8));  // seen, flagged, answered
  subject_.other_client().set_flags(path, message->message_id, {message->flags});
}

void World::move_or_copy() {
  const std::string path = any_folder(), to = any_folder();
  const std::shared_ptr<Message> message = any_message(path);
  if (message == nullptr || holds(to, message->message_id)) return;
  if (below(4) == 0) {
    subject_.other_client().copy(path, message->message_id, to);
    wrote_copy(path, message->message_id, to);
  } else {
    subject_.other_client().move(path, message->message_id, to);
    wrote_move(path, message->message_id, to);
  }
}

void World::expunge() {
  const std::string path = any_folder();
  const std::shared_ptr<Message> message = any_message(path);
  if (message == nullptr) return;
  subject_.other_client().expunge(path, message->message_id);
  std::erase(folders_[path], message);
}

void World::rename_folder() {
  const std::string path = own_folder();
  if (path.empty()) return;
  const std::string name = "Renamed" + std::to_string(next_++);
  subject_.other_client().rename_folder(path, name);
  wrote_rename(path, name);
}

void World::delete_folder() {
  const std::string path = own_folder();
  if (path.empty()) return;
  subject_.other_client().delete_folder(path);
  wrote_folder_deletion(path);
}

std::vector<std::string> differences(const Mailbox& found, const Mailbox& expected) {
  std::set<std::string> paths;
  for (const auto& [path, folder] : found) paths.insert(path);
  for (const auto& [path, folder] : expected) paths.insert(path);
  std::vector<std::string> lines;
  for (const std::string& path : paths) {
    const auto a = found.find(path), b = expected.find(path);
    if (a == found.end() || b == expected.end()) {
      lines.push_back(path + (a == found.end() ? " is missing" : " should not be there"));
      continue;
    }
    std::vector<Seen> missing, extra;
    std::ranges::set_difference(b->second, a->second, std::back_inserter(missing));
    std::ranges::set_difference(a->second, b->second, std::back_inserter(extra));
    if (missing.empty() && extra.empty()) continue;
    lines.push_back(path + ": " + std::to_string(missing.size()) + " missing or other, " +
                    std::to_string(extra.size()) + " that should not be there so");
  }
  return lines;
}

}  // namespace hermod::conformance
