// What the store holds of a page's items, looked up before the page's transaction: the account has one writer.
#pragma once

#include "core/store/page.hpp"
#include "hermod/host.hpp"

namespace hermod::store {

struct HeldPlacement {
  ids::ObjectId message_id;
  FlagSet flags;
  std::vector<std::string> keywords;
  std::string version;
};
Result<std::unordered_map<std::string, HeldPlacement>> find_placements(Connection& connection,
                                                                       const ids::ObjectId& account_id,
                                                                       const ids::ObjectId& collection_id,
                                                                       const std::vector<std::string_view>& remote_ids);

// Messages by identity.
Result<std::unordered_map<std::string, ids::ObjectId>> find_messages(Connection& connection,
                                                                     const ids::ObjectId& account_id,
                                                                     const std::vector<std::string_view>& identities);

// The messages placed there; nothing where there is none.
Result<std::vector<std::optional<ids::ObjectId>>> find_placed(Connection& connection, const ids::ObjectId& account_id,
                                                              const std::vector<FoundItem>& places);

// Tells the planner all that the store knows of these messages' threads.
Status look_up_threads(Connection& connection, const ids::ObjectId& account_id,
                       const std::vector<const threading::ThreadedMessage*>& messages, threading::ThreadPlanner& planner);

// For Known of the plugin API.
Result<std::vector<KnownItem>> known_items(Connection& connection, const ids::ObjectId& account_id,
                                           const CollectionRemoteId& collection, const RemoteId& after,
                                           std::size_t items_max);
Result<std::vector<std::optional<FoundItem>>> find_known(Connection& connection, const ids::ObjectId& account_id,
                                                         const std::vector<ItemKeys>& keys);

}  // namespace hermod::store
