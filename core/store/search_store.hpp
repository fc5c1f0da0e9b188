// What a provider's own search found, joined with what the store holds.
#pragma once

#include "core/store/database.hpp"
#include "hermod/host.hpp"

namespace hermod::store {

inline constexpr std::size_t found_places_max = 100'000;   // that a provider's search may find
inline constexpr std::size_t found_messages_max = 10'000;  // of which so many, the newest, are looked at
inline constexpr int search_results_max = 20;              // kept of an account
inline constexpr int search_results_seconds = 600;         // for which they are

// The collections to be searched for what lies in these folders, by id, role or path; all that are fetched
// when none is named. A folder that is seen through another gives that other.
Result<std::vector<CollectionRemoteId>> searched_collections(Connection& connection,
                                                             const ids::ObjectId& account_id,
                                                             const std::vector<std::string>& folders);

// The messages that lie there, the newest first, each once, at most found_messages_max. What is not synced is
// left out.
Result<std::vector<ids::ObjectId>> newest_messages(Connection& connection, const ids::ObjectId& account_id,
                                                   const std::vector<FoundItem>& places);

// Results are kept for those who page through them; under one id the latest.
Status keep_search_results(Connection& connection, const ids::ObjectId& account_id,
                           const ids::ObjectId& search_id, const std::vector<ids::ObjectId>& message_ids);
Result<std::optional<std::vector<ids::ObjectId>>> kept_search_results(Connection& connection,
                                                                      const ids::ObjectId& account_id,
                                                                      const ids::ObjectId& search_id);
Status expire_search_results(Connection& connection);

}  // namespace hermod::store
