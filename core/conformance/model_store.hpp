// ModelStore: the engine's store in small: what was committed, page by page, by the rules of the contract.
//
// Owned by a check; it outlives the sessions (a crash is a new session on the same store). It notes every
// change that an application would see, and every rule of the contract that a page breaks.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "hermod/session.hpp"

namespace hermod::conformance {

struct Placement {
  KnownItem item;
  std::string content;
  std::set<std::string> labels;  // ids of the collections seen through this one that it lies in
  std::uint64_t confirmed_at = 0;
  std::uint64_t generation = 0;  // the last snapshot that named it
  bool outside = false;          // of the time window
};

struct StoredCollection {
  Collection listed;
  SyncCursor cursor;
  std::string complete_at;                // the change token before the last complete round
  std::optional<std::uint64_t> snapshot;  // when the first page of the one under way was asked for
  std::map<RemoteId, Placement> placements;
  std::map<RemoteId, std::uint64_t> written;  // when a mutation of it was last confirmed
};

// A message as an application sees it; to be compared.
struct Seen {
  std::string identity;  // content, or what stands for it
  std::uint16_t flags = 0;
  std::vector<std::string> keywords;
  std::int64_t received_at = 0;
  auto operator<=>(const Seen&) const = default;
};
using Mailbox = std::map<std::string, std::multiset<Seen>>;  // by path

class ModelStore {
 public:
  void commit_listing(const std::vector<Collection>& collections);
  // `bodies` are those fetched beside the page, by remote id; `asked_at`: when by the clock it was asked for,
  // if not just now.
  void commit(const CollectionRemoteId& collection, const ChangePage& page,
              const std::map<RemoteId, std::string>& bodies, std::optional<std::uint64_t> asked_at = {});
  // What an applied mutation says of itself; its page, if it has one, is committed with it.
  void confirm(const Mutation& mutation, const MutationOutcome& outcome);
  std::uint64_t clock() const { return clock_; }
  bool holds(const ItemAddress& item) const;
  void forget_cursor(const CollectionRemoteId& collection);  // it is invalid: a snapshot is to begin
  void complete(const CollectionRemoteId& collection, std::string change_token);

  const std::map<CollectionRemoteId, StoredCollection>& collections() const { return collections_; }
  std::size_t changes_seen() const { return changes_; }
  const std::set<std::string>& violations() const { return violations_; }
  void violated(std::string rule) { violations_.insert(std::move(rule)); }

  // Of items received since `window_start`. With `regenerated` content a message is known by its Message-ID.
  std::multiset<Seen> folder(const CollectionRemoteId& id, RawStability raw, std::int64_t window_start) const;
  Mailbox mailbox(RawStability raw, std::int64_t window_start) const;
  // Remote ids and versions, which two stores of one mailbox share.
  std::map<CollectionRemoteId, std::map<RemoteId, RemoteVersion>> addresses(std::int64_t window_start) const;

  // What the host's `known` says.
  std::vector<KnownItem> known_items(const CollectionRemoteId& collection, const RemoteId& after,
                                     std::size_t items_max) const;
  std::optional<FoundItem> find(const ItemKeys& keys) const;

 private:
  // Whether a mutation of it was confirmed since a page was asked for: the page is then passed over as to
  // what the item is like, since it may be older; that the item is there it tells all the same.
  bool passed_over(StoredCollection& collection, const RemoteId& id, std::uint64_t asked_at);
  void upsert(StoredCollection& collection, const Item& item, const std::map<RemoteId, std::string>& bodies);
  std::string content_of(const Item& item, const Placement* held,
                         const std::map<RemoteId, std::string>& bodies);
  void confirm(const SetFlags& change, const MutationOutcome& outcome);
  void confirm(const MoveItem& change, const MutationOutcome& outcome);
  void confirm(const CopyItem& change, const MutationOutcome& outcome);
  void confirm(const DeleteItem& change, const MutationOutcome& outcome);
  void confirm(const PutDraft& change, const MutationOutcome& outcome);
  void confirm(const RenameCollection& change, const MutationOutcome& outcome);
  void confirm(const DeleteCollection& change, const MutationOutcome& outcome);
  void move(const ItemAddress& item, const CollectionRemoteId& to, const MutationOutcome& outcome);
  void enter(const CollectionRemoteId& to, Placement placement, const MutationOutcome& outcome);
  void erase(const CollectionRemoteId& collection, const RemoteId& id);
  bool is_label(const CollectionRemoteId& id) const { return !collections_.at(id).listed.through.empty(); }
  void renamed(const CollectionRemoteId& from, const CollectionRemoteId& to);
  StoredCollection& store_of(const CollectionRemoteId& id);  // itself, or that through which it is seen
  void remove(StoredCollection& collection, const Removal& removal);
  void end_snapshot(StoredCollection& collection, const ChangePage& page);

  std::map<CollectionRemoteId, StoredCollection> collections_;
  std::uint64_t clock_ = 0;
  std::size_t changes_ = 0;
  std::set<std::string> violations_;
};

}  // namespace hermod::conformance
