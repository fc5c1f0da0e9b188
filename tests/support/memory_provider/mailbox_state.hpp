// MailboxState: what the mail server in memory stores: folders, their entries, what was removed from them.
//
// Plain data, owned by MemoryMailbox, read and changed under its lock alone. Every change gets the next
// number of one counter of the mailbox (as a modseq does), so that "what changed since" is a comparison.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "hermod/mutation.hpp"

namespace hermod::memory {

struct StoredMessage {
  std::string key;  // the same wherever the message lies
  std::string message_id;
  std::string raw;
  std::int64_t received_at = 0;
};

struct Entry {  // a message in a folder
  std::shared_ptr<const StoredMessage> message{};
  FlagSet flags{};
  std::set<std::string> keywords{};
  std::set<std::string> labels{};  // Layout::labels: the ids of the labels it bears
  std::uint64_t added = 0, changed = 0;
  std::string changed_by{};             // the device of the plugin that did it; empty: another client
  std::uint64_t changed_by_others = 0;  // the last change by anyone but changed_by
};

struct Tombstone {
  std::uint64_t uid = 0, changed = 0;
  std::string removed_by;
};

struct Folder {
  std::string id, parent, name;  // the id stays when it is renamed
  Role role = Role::none;
  std::uint64_t validity = 1;  // part of the remote ids
  std::uint64_t epoch = 1;     // part of the cursors
  std::uint64_t uid_next = 1;
  std::uint64_t changed = 0;
  std::map<std::uint64_t, Entry> entries;
  std::vector<Tombstone> tombstones;
};

// What is still to happen of a move that clients see as two changes.
struct PendingHalf {
  std::string trigger;  // happens once that folder was read to its end
  std::string folder;
  std::uint64_t uid = 0;  // to be removed from `folder`; 0: `entry` is to be added to it
  Entry entry{};
};

enum class Layout : std::uint8_t {
  folders,
  labels,  // one folder has all messages, the others are labels on them
};
enum class MoveOrder : std::uint8_t { atomic, removed_first, added_first };

struct MailboxState {
  static constexpr std::size_t folders_max = 1000;
  static constexpr std::size_t folder_depth_max = 20;
  static constexpr std::size_t tombstones_max = 1'000'000;  // of a folder
  static constexpr const char* carrier = "all";             // the id of the folder with all, with labels

  std::map<std::string, Folder> folders;  // by id
  std::uint64_t change = 1;               // the last number given
  std::uint64_t next_key = 1;             // of messages and folders
  Layout layout = Layout::folders;
  MoveOrder move_order = MoveOrder::atomic;
  std::vector<PendingHalf> pending;                                 // of moves
  std::string password;                                             // empty: any will do
  std::uint64_t listing_change = 0;                                 // the last one of the folders themselves
  std::map<std::string, std::vector<std::uint64_t>> valid_cursors;  // Mode::consumed: by device and folder
  std::map<std::string, SyncCursor> furthest;                       // likewise, the last one given
  std::map<std::string, MutationOutcome> applied;                   // by marker
  std::uint64_t next_serial = 1;
  std::optional<std::string> public_url;  // that the host told the session opened last
  std::uint64_t times_served = 0;  // Mode::unstable_raw

  // The folder at that path ("A/B"), or null.
  Folder* find(std::string_view path);
  Folder* find_role(Role role);
  std::string path_of(const Folder& folder) const;
  bool within(const Folder& folder, const std::string& ancestor) const;

  Folder& add_folder(std::string parent, std::string name, Role role);
  void rename_folder(Folder& folder, std::string parent, std::string name);
  void remove_folder(const std::string& id);                                       // with those below it
  std::uint64_t add(Folder& folder, Entry entry, const std::string& device);       // gives its uid
  std::uint64_t add_into(Folder& folder, Entry entry, const std::string& device);  // a label is put on
  void remove(Folder& folder, std::uint64_t uid, const std::string& device);
  void touch(Folder& folder, Entry& entry, const std::string& device);
  // Where a message of that folder is stored: in the folder, or, with labels, in the carrier.
  Folder& store_of(Folder& folder);
  bool bears(const Entry& entry,
             const Folder& folder) const;  // whether it is seen in that folder of the store
  // Gives its uid there; 0: it has none yet.
  std::uint64_t move(Folder& from, std::uint64_t uid, Folder& to, MoveOrder order, const std::string& device);
  // To be called when a client was told that it has seen everything of the folder.
  void seen_to_the_end(const std::string& folder);
  bool leaves(const Folder& folder, std::uint64_t uid) const;  // moved away, though still to be seen
  // A message on its way into the folder by a move is there from then on.
  void finish_arrival(Folder& folder, std::string_view message_id);
};

// Folder::validity and the uid, zero-padded: its order as bytes is the order of arrival.
RemoteId remote_id_of(const Folder& folder, std::uint64_t uid);
// The uid that a remote id of that folder names; 0: none.
std::uint64_t uid_of(const Folder& folder, const RemoteId& remote_id);

}  // namespace hermod::memory
