// What an account has now, by id: how a snapshot of the feed reads state, in pages and without a transaction.
//
// In the order of the ids, which never change: an object that was there when the reading began and still is
// at its end is found exactly once.
#pragma once

#include <set>

#include "core/store/change_log.hpp"

namespace hermod::store {

// The ids after that one, at most `limit`. Messages that lost their last placement count until they are
// deleted. Of a grant there is one, its own, as long as it is not deleted.
Result<std::vector<ids::ObjectId>> existing_objects(Connection& connection, const ids::ObjectId& account_id,
                                                    ObjectType object, const ids::ObjectId& after, int limit);

// The application's accounts after that one.
Result<std::vector<ids::ObjectId>> existing_accounts(Connection& connection,
                                                     const ids::ObjectId& application_id,
                                                     const ids::ObjectId& after, int limit);

// Those of the messages that are in one of the folders, each given by id, role or path.
Result<std::set<ids::ObjectId>> messages_in_folders(Connection& connection, const ids::ObjectId& account_id,
                                                    const std::vector<ids::ObjectId>& message_ids,
                                                    const std::vector<std::string>& folders);

}  // namespace hermod::store
