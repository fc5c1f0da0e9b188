// Mutation, MutationOutcome: a change of the mailbox that an application asked for.
#pragma once

#include <variant>

#include "hermod/model.hpp"
#include "hermod/result.hpp"

namespace hermod {

struct ItemAddress {
  CollectionRemoteId collection;
  RemoteId remote_id;
};

struct SetFlags {
  ItemAddress item;
  FlagSet add, remove;
  std::vector<std::string> add_keywords, remove_keywords;
};
struct MoveItem {  // with labels: leaves `item.collection`, enters `to`
  ItemAddress item;
  CollectionRemoteId to;
};
struct CopyItem {  // with labels: enters `to` as well
  ItemAddress item;
  CollectionRemoteId to;
};
enum class Deletion : std::uint8_t { to_trash, for_good };
struct DeleteItem {
  ItemAddress item;
  Deletion deletion = Deletion::to_trash;
};
// A new one, or in the place of `replaces`: put first, then the old one is removed, so that there never is
// none.
struct PutDraft {
  CollectionRemoteId collection;
  std::optional<RemoteId> replaces;
  std::string raw;  // its Message-ID is no other message's, so that it can be looked for
  FlagSet flags;
  std::int64_t received_at = 0;  // unix seconds
};
struct PutObject {  // a calendar event or a contact, raw iCalendar or vCard
  CollectionRemoteId collection;
  std::optional<RemoteId> replaces;
  std::string raw;
};
struct RespondToEvent {
  ItemAddress item;
  std::string answer;  // "yes", "no", "maybe"
  std::string comment;
};
struct CreateCollection {
  CollectionRemoteId parent;
  std::string name;
  CollectionKind kind = CollectionKind::folder;
};
struct RenameCollection {
  CollectionRemoteId collection;
  CollectionRemoteId new_parent;
  std::string new_name;
};
struct DeleteCollection {
  CollectionRemoteId collection;
};

struct Mutation {
  std::variant<SetFlags, MoveItem, CopyItem, DeleteItem, PutDraft, PutObject, RespondToEvent,
               CreateCollection, RenameCollection, DeleteCollection>
      change;
  std::optional<RemoteVersion> base;  // refuse with `conflict` when the item is at another version
  std::string marker;  // names this mutation; put into what it creates where the protocol has a place
  int attempt = 1;     // > 1: look for the marker before repeating
};

enum class MutationResult : std::uint8_t { applied, conflict, failed, unknown };

struct MovedCollection {
  CollectionRemoteId from, to;
};

// Applied: as far as the server told. What is not told here the engine learns by the next delta.
struct MutationOutcome {
  MutationResult result = MutationResult::unknown;
  std::optional<RemoteId> new_remote_id;             // after MoveItem, CopyItem, PutDraft: where it went
  std::optional<RemoteVersion> new_version;          // where the engine knows the item, but for this change
  std::string object_key;                            // after PutDraft, where the provider has such keys
  std::optional<CollectionRemoteId> new_collection;  // after CreateCollection, RenameCollection
  std::vector<MovedCollection> moved_collections;    // after RenameCollection: those below it
  std::optional<SyncCursor> next;                    // committed together with
  std::optional<ChangePage> page;                    // what the server said meanwhile
  std::optional<Error> error;                        // with conflict, failed and unknown
};

}  // namespace hermod
