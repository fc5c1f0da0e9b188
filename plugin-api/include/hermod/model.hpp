// The model: what a provider tells the engine of collections, items and changes.
//
// All ids and cursors of a provider are opaque bytes to the engine, compared as bytes. Times are unix seconds.
// Strings for display are UTF-8; what cannot be decoded is shown lossily, the id keeps the raw bytes.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hermod {

template <class Tag>
struct OpaqueBytes {
  std::string bytes;
  bool empty() const noexcept { return bytes.empty(); }
  friend auto operator<=>(const OpaqueBytes&, const OpaqueBytes&) = default;
};
using CollectionRemoteId = OpaqueBytes<struct CollectionRemoteIdTag>;  // ≤ 1024 bytes
using RemoteId = OpaqueBytes<struct RemoteIdTag>;                      // an item's address in its collection, ≤ 1024
using RemoteVersion = OpaqueBytes<struct RemoteVersionTag>;            // changes whenever the item does, ≤ 256
using SyncCursor = OpaqueBytes<struct SyncCursorTag>;                  // empty: from the beginning, ≤ 64 KiB

// --- collections ---------------------------------------------------------------------------------------------

enum class CollectionKind : std::uint8_t { folder, label, calendar, address_book };

enum class Role : std::uint8_t { none, inbox, sent, drafts, trash, spam, archive, all, important, starred };
constexpr std::string_view to_string(Role role) {
  constexpr std::string_view names[] = {"none", "inbox",   "sent", "drafts",    "trash",
                                        "spam", "archive", "all",  "important", "starred"};
  return names[static_cast<std::size_t>(role)];
}

enum class Right : std::uint8_t { read = 1, insert = 2, set_flags = 4, remove = 8, rename = 16, create_children = 32 };
struct Rights {
  std::uint8_t bits = 0;
  constexpr bool has(Right right) const { return (bits & static_cast<std::uint8_t>(right)) != 0; }
  constexpr void add(Right right) { bits |= static_cast<std::uint8_t>(right); }
  static constexpr Rights all() { return {63}; }
  friend bool operator==(const Rights&, const Rights&) = default;
};

enum class RoleSource : std::uint8_t { declared, guessed };  // by the server, or from the name

struct Collection {
  CollectionRemoteId remote_id;
  CollectionRemoteId parent;  // empty: top level
  std::string name;           // its own, without its parents'
  std::string path;           // whole, its levels divided by "/"
  CollectionKind kind = CollectionKind::folder;
  Role role = Role::none;
  RoleSource role_source = RoleSource::declared;
  Rights rights;              // without Right::read it is a mere container and never fetched
  CollectionRemoteId through; // seen through that other collection; empty: fetched itself
  std::string change_token;   // equal to the last one: nothing changed since; empty: cannot be told without asking
  std::optional<std::uint64_t> total;  // items, where the listing says so
};

struct CollectionPage {
  std::vector<Collection> collections;
  SyncCursor next;
  bool complete = true;  // a complete listing is whole: what it lacks is gone
};

// --- items ---------------------------------------------------------------------------------------------------

enum class Flag : std::uint16_t { seen = 1, flagged = 2, answered = 4, draft = 8, deleted = 16, forwarded = 32 };
struct FlagSet {
  std::uint16_t bits = 0;
  constexpr bool has(Flag flag) const { return (bits & static_cast<std::uint16_t>(flag)) != 0; }
  constexpr void add(Flag flag) { bits = static_cast<std::uint16_t>(bits | static_cast<std::uint16_t>(flag)); }
  friend bool operator==(const FlagSet&, const FlagSet&) = default;
};

enum class PayloadKind : std::uint8_t {
  none,       // the content is as the engine holds it: under this remote id, or under `known_as`
  message,    // raw RFC 5322 in `raw`
  calendar,   // raw RFC 5545 in `raw`
  card,       // raw RFC 6350 in `raw`
  on_demand,  // to be had by fetch_body: larger than limits.inline_bytes
  metadata,   // the server gives no raw bytes now; `summary` is all there is
};

struct MessageSummary {
  std::string subject, from, to, cc;  // header values, raw
  std::string preview;
  bool has_attachments = false;
};

struct Item {
  RemoteId remote_id;
  std::string object_key;       // the same wherever the object goes in this account; empty: the provider has none
  std::string message_id;       // Message-ID without brackets; empty: none, or unknown before the body is there
  std::string provider_thread;  // empty: the provider knows no threads
  std::uint64_t size = 0;       // bytes, as the server says; 0: unknown
  std::int64_t received_at = 0;
  RemoteVersion version;
  FlagSet flags;
  std::vector<std::string> keywords;
  PayloadKind payload = PayloadKind::none;
  std::string raw;
  std::optional<MessageSummary> summary;
  std::optional<RemoteId> known_as;  // with payload none: the content is that of this item, found by known.find
  CollectionRemoteId known_in;       // where it lies
};

// --- changes -------------------------------------------------------------------------------------------------

enum class PageKind : std::uint8_t { snapshot, delta };
enum class SnapshotScope : std::uint8_t { whole, time_window, policy };
enum class NextUse : std::uint8_t { ahead, after_commit };
enum class RemovalReason : std::uint8_t { deleted, left_window, moved_or_deleted };

struct Removal {
  RemoteId remote_id;
  RemovalReason reason = RemovalReason::moved_or_deleted;
};

// Snapshot pages, up to and with the complete one, name everything in their scope: what was confirmed before the
// first of them and is in none of them is gone. Delta pages name what changed.
struct ChangePage {
  PageKind kind = PageKind::delta;
  SnapshotScope scope = SnapshotScope::whole;
  std::int64_t window_start = 0;  // with time_window: items received before it are out of scope
  std::vector<Item> items;        // new and changed ones
  std::vector<Removal> removals;
  SyncCursor next;                // commits with the page
  NextUse next_use = NextUse::ahead;
  bool complete = false;          // true: nothing more for now; `next` is where the next call goes on
  std::optional<std::uint64_t> total;  // items in the collection, an estimate for progress
};

struct FetchLimits {
  std::size_t items_max = 500;               // a page's items
  std::size_t page_bytes_max = 8u << 20;     // a page's raw bytes; one item may exceed it alone
  std::size_t inline_bytes = 256u << 10;     // larger ones are on_demand
};

// What the store has confirmed of an item.
struct KnownItem {
  RemoteId remote_id;
  RemoteVersion version;
  FlagSet flags;
  std::vector<std::string> keywords;
  std::string object_key;
  std::string message_id;
  std::uint64_t size = 0;
  std::int64_t received_at = 0;
};

}  // namespace hermod
