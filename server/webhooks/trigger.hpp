// Triggers: what webhooks ask for by name, and which of them an entry of the change log is (contract C4).
//
// Every name of the contract may be asked for; those of objects that this server does not have never fire.
// Beside them there are thread.created, .updated and .deleted, draft.created, .updated and .deleted, and
// contact.created. Threads: any.
#pragma once

#include <string_view>
#include <vector>

#include "core/store/change_reader.hpp"
#include "core/store/webhook_store.hpp"

namespace hermod::server {

inline constexpr std::string_view trigger_grant_expired = "grant.expired";
inline constexpr std::string_view trigger_first_sync_ended = "grant.imap_sync_completed";  // of any provider
inline constexpr std::string_view truncated_suffix = ".truncated";

bool is_trigger(std::string_view name);

// The names that the entry goes by, at most two of them, in the order in which they are told.
std::vector<std::string_view> triggers_of(const store::LoggedChange& change);
// The object that a trigger tells of; nothing for those that never fire.
std::optional<std::pair<store::ObjectType, store::ChangeType>> object_of(std::string_view trigger);

// Those of the entry's triggers that the webhook is told. Its folders are left aside: the log does not know
// them.
std::vector<std::string_view> told_triggers(const store::Webhook& webhook, const store::LoggedChange& change);

}  // namespace hermod::server
