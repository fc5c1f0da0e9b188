// MemoryMailbox: a whole mail server account in memory, and the other client that works on it.
//
// The library that holds it is shared by the plugin (hermod-memory.so) and the test, which meet by its name:
// the account setting `mailbox`. Thread-safe: every function may be called from any thread at any time. What
// makes no sense (a folder that is not there) is a mistake of the test and throws std::invalid_argument.
#pragma once

#include "tests/support/memory_provider/mailbox_state.hpp"
#include "tests/support/memory_provider/request_line.hpp"

namespace hermod::memory {

struct Delivery {
  std::int64_t received_at = 1'700'000'000;
  FlagSet flags{};
  std::set<std::string> keywords{};
};

struct ListedMessage {
  RemoteId remote_id;
  std::string message_id, key, raw;
  FlagSet flags;
  std::set<std::string> keywords;
  std::int64_t received_at = 0;
};

class MemoryMailbox {
 public:
  // The mailbox of that name; made empty when there is none.
  static std::shared_ptr<MemoryMailbox> named(const std::string& name);
  static void forget(const std::string& name);

  RequestLine line;

  // --- another client; messages are named by their Message-ID, the first in the folder ---
  void use_labels();                                                           // before the first folder
  std::string create_folder(const std::string& path, Role role = Role::none);  // gives its remote id
  void rename_folder(const std::string& path, const std::string& new_path);
  void delete_folder(const std::string& path);
  std::string deliver(const std::string& path, std::string raw, Delivery delivery = {});  // gives its key
  void set_flags(const std::string& path, const std::string& message_id, FlagSet flags,
                 std::set<std::string> keywords = {});
  void move(const std::string& path, const std::string& message_id, const std::string& to);
  void copy(const std::string& path, const std::string& message_id, const std::string& to);
  void expunge(const std::string& path, const std::string& message_id);  // with labels: takes the label off
  std::vector<ListedMessage> list(const std::string& path) const;

  // --- the server's own doings ---
  void change_validity(const std::string& path);  // new remote ids for all that is in it
  void forget_cursors(const std::string& path);   // they are invalid from then on
  void set_move_order(MoveOrder order);
  void set_password(std::string password);

  // --- the plugin's side ---
  // Calls f(MailboxState&) under the lock and wakes those that watch when it changed something.
  template <class F>
  auto locked(F&& f) {
    const Guard guard(*this);
    return std::forward<F>(f)(state_);
  }
  void watch(Waiter& waiter, std::uint64_t seen);  // releases it once there is a change after `seen`
  bool unwatch(Waiter& waiter);                    // false: it was released before

 private:
  class Guard {  // the lock, and the waking at its end
   public:
    explicit Guard(MemoryMailbox& mailbox);
    ~Guard();

   private:
    MemoryMailbox* mailbox_;
    std::lock_guard<std::mutex> lock_;
    std::uint64_t before_;
  };
  struct Place {
    Folder* folder;  // the carrier, with labels
    std::uint64_t uid;
    Entry* entry;
  };
  Folder& folder_at(const std::string& path);
  Place place_of(const std::string& path, const std::string& message_id);

  mutable std::mutex mutex_;
  MailboxState state_;
  std::list<Waiter*> watchers_;
};

// The value of the first header field of that name (lower case), unfolded as it is; empty: there is none.
std::string header_value(std::string_view raw, std::string_view name);

// A new message of those bytes, with a key of its own.
std::shared_ptr<const StoredMessage> stored_message(MailboxState& state, std::string raw,
                                                    std::int64_t received_at);

}  // namespace hermod::memory
