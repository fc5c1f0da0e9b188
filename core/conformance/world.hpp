// World: another client at work on the subject's mailbox, by a seed, and what the mailbox must be after it.
#pragma once

#include <random>

#include "core/conformance/model_store.hpp"
#include "core/conformance/subject.hpp"

namespace hermod::conformance {

class World {
 public:
  World(Subject& subject, std::uint32_t seed);

  void deliver(const std::string& path, std::size_t body_bytes = 100);
  // False: the server refused it.
  bool deliver_raw(const std::string& path, const std::string& raw, std::int64_t received_at);
  bool create_folder(const std::string& path);
  void populate(std::size_t messages);  // in three folders
  void act();                           // one thing, by chance
  void act(std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) act();
  }
  void act_on_messages();  // likewise, but folders stay as they are

  // --- what the engine wrote, as the provider told it; `message_id` lies in `path` ---
  bool is_own(const std::string& path) const;  // one that may be renamed or deleted
  bool has_folder(const std::string& path) const { return folders_.contains(path); }
  bool holds(const std::string& path, const std::string& message_id) const;
  void wrote_flags(const std::string& path, const std::string& message_id, FlagSet add, FlagSet remove);
  void wrote_move(const std::string& path, const std::string& message_id, const std::string& to);
  void wrote_copy(const std::string& path, const std::string& message_id, const std::string& to);
  void wrote_delete(const std::string& path, const std::string& message_id, Deletion deletion);
  void wrote_draft(const std::string& path, const PutDraft& draft);
  void wrote_folder(const std::string& path) { folders_[path]; }
  void wrote_rename(const std::string& path, const std::string& to);
  void wrote_folder_deletion(const std::string& path);

  const std::string& inbox() const { return quirks_.inbox; }
  Mailbox expected(RawStability raw) const;

 private:
  struct Message {
    std::string message_id, raw;
    std::uint16_t flags = 0;
    std::int64_t received_at = 0;
  };
  using Folder = std::vector<std::shared_ptr<Message>>;

  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : generator_() % limit; }
  std::string any_folder();  // not that with everything
  std::string own_folder();  // one that may be renamed or deleted; empty: there is none
  std::shared_ptr<Message> any_message(const std::string& path);  // null: there is none
  std::shared_ptr<Message> message(const std::string& path, const std::string& message_id) const;
  void act_by(std::size_t chance);
  void set_flags();
  void move_or_copy();
  void expunge();
  void rename_folder();
  void delete_folder();

  Subject& subject_;
  Quirks quirks_;
  std::mt19937 generator_;
  std::map<std::string, Folder> folders_;
  Folder everything_;  // with labels
  std::size_t next_ = 1;
};

// Where the two differ, a line a folder; none: they are the same.
std::vector<std::string> differences(const Mailbox& found, const Mailbox& expected);

}  // namespace hermod::conformance
