// What the parts of the API that show messages share.
#pragma once

#include "core/store/message_query.hpp"
#include "server/api/route_context.hpp"
#include "server/api/selection.hpp"

namespace hermod::server {

// By id, or by a Message-ID in its brackets. Error{not_found}; else a page of one.
Result<store::MessagePage> find_one_message(store::Connection& connection, const ids::ObjectId& account_id,
                                            const std::string& name, store::MessageColumns columns);

}  // namespace hermod::server
