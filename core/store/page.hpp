// Page: what a page of changes writes, ready for the store. Made by core/sync, written by page_write.hpp.
#pragma once

#include <unordered_map>

#include "core/blob/location.hpp"
#include "core/ids/sha256.hpp"
#include "core/store/collection_store.hpp"
#include "core/threading/thread_planner.hpp"

namespace hermod::store {

struct StoredBlob {
  blob::Location location;
  ids::Sha256Digest sha256{};
};

// A message's columns, derived from its raw bytes (or from the provider's summary).
struct MessageContent {
  std::string identity;  // 'o' + object key, 'h' + SHA-256 of the raw bytes, or a stand-in's (stand_in.hpp)
  threading::ThreadedMessage threading;
  std::optional<std::int64_t> date;
  std::uint64_t size = 0;
  bool has_attachments = false;
  bool parse_failed = false;
  std::string mid, subject, snippet;
  std::string from, to, cc, bcc, reply_to;  // JSON arrays
  std::string attachments;                  // JSON array
  std::string body;                         // HTML for the API
};

struct NewMessage {
  ids::ObjectId message_id, thread_id;
  const MessageContent* content = nullptr;
  std::optional<StoredBlob> blob;
  std::int64_t received_at = 0;
  bool unread = true, starred = false;
  std::vector<std::string> keywords = {};  // as applications see them
};

struct PlacementRow {
  std::string_view remote_id;
  ids::ObjectId message_id;
  std::int64_t received_at = 0;
  FlagSet flags;
  const std::vector<std::string>* keywords = nullptr;
  std::string_view version;
};

struct ThreadPlan {
  std::vector<ids::ObjectId> new_threads;
  std::vector<threading::ThreadMerge> merges;
  std::vector<std::pair<ids::ObjectId, ids::ObjectId>> new_keys;           // Message-ID key → thread
  std::unordered_map<ids::ObjectId, std::string> provider_threads;         // of new threads
};

struct PageWrite {
  std::vector<NewMessage> new_messages;
  std::vector<PlacementRow> new_placements;
  std::vector<PlacementRow> changed_placements;      // flags, keywords, version, or what it places
  std::vector<std::string_view> seen_placements;     // held already and named by a snapshot
  std::vector<std::string_view> removed_placements;
  std::vector<ids::ObjectId> touched_messages;       // held already; whose placements this page changes
  ThreadPlan threads;
  PageKind kind = PageKind::delta;
  SnapshotScope scope = SnapshotScope::whole;
  std::int64_t window_start = 0;
  SyncCursor next;
  std::string synced_token;       // see collections.synced_token
  bool complete = false;
  std::optional<std::uint64_t> total;
  std::int64_t new_messages_placed = 0, new_messages_unread = 0;  // placements of new_messages
  std::int64_t history_before = 0;  // while the collection is not live, messages received before are history
  std::int64_t round = 0;         // of the sync, for messages that this page orphans
};

struct PageOutcome {
  std::size_t orphaned = 0;
  std::size_t changes = 0;
};

}  // namespace hermod::store
