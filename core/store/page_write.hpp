// Writes a page and its cursor in one transaction, the change log last. All or nothing.
#pragma once

#include "core/store/page.hpp"

namespace hermod::store {

// On success `state` holds the cursor, phase and counts that were committed; on failure it is unchanged.
// Error{conflict} "the lease was lost": another worker owns the account now.
Result<PageOutcome> write_page(Connection& connection, const AccountEpoch& account, CollectionState& state,
                               const PageWrite& page);

// What belongs to messages whose rows are gone: `gone` has their ids and their threads'. Adds the threads' changes.
Status erase_parts_of(Connection& connection, const ids::ObjectId& account_id, const Rows& gone, std::vector<Change>& changes);

// Deletes the messages that have been without a placement since before `round`, and logs it.
Result<std::size_t> delete_orphans(Connection& connection, const AccountEpoch& account, std::int64_t round);
Result<bool> has_orphans(Connection& connection, const ids::ObjectId& account_id);

}  // namespace hermod::store
