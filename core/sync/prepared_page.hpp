// PreparedPage: a page of changes, parsed, hashed and compressed: everything that needs no database.
//
// prepare_item() runs on pool threads, several at once. A message that cannot be parsed is kept raw and flagged; it
// never stops a page.
#pragma once

#include "core/blob/compression.hpp"
#include "core/store/page.hpp"
#include "hermod/host.hpp"
#include "hermod/session.hpp"

namespace hermod::sync {

struct PreparedItem {
  RemoteId remote_id;
  RemoteVersion version;
  FlagSet flags;
  std::vector<std::string> keywords;
  std::int64_t received_at = 0;
  std::optional<FoundItem> known_as;             // the content is that of a held item
  std::optional<store::MessageContent> content;  // absent: as held, or known_as
  ids::Sha256Digest sha256{};                    // of the raw bytes
  std::optional<blob::CompressedBlob> blob;      // the raw bytes, where there are any
  std::optional<store::StoredBlob> stored;       // or where they are durable already
};

struct PreparedPage {
  PageKind kind = PageKind::delta;
  SnapshotScope scope = SnapshotScope::whole;
  std::int64_t window_start = 0;
  std::vector<PreparedItem> items;
  std::vector<Removal> removals;
  SyncCursor next;
  bool complete = false;
  std::optional<std::uint64_t> total;
};

// Whether its raw bytes came.
inline bool is_whole(const PreparedItem& item) { return item.blob || item.stored; }

// What tells one message of an account from another, see MessageContent::identity.
std::string identity_of(const Item& item, const ids::Sha256Digest& sha256, RawStability stability);

PreparedItem prepare_item(Item item, RawStability stability);
// The same without `blob`: the raw bytes stay in the item.
PreparedItem read_item(Item& item, RawStability stability);

}  // namespace hermod::sync
