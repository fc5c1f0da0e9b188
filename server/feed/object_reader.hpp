// read_objects(): the objects that log entries name, as they are now, in the API's form: what `include=data`
// and webhooks carry.
//
// A message, draft, thread or folder is what its find call answers, bodies included. A grant is the object of
// grant notifications (contract C4). One statement a type for up to page_limit_max objects. Threads: whoever
// has the connection.
#pragma once

#include <span>

#include "core/store/change_log.hpp"

namespace hermod::server {

struct ObjectRef {
  store::ObjectType object;
  ids::ObjectId id;
  store::ChangeType change = store::ChangeType::updated;  // a grant's `code` tells it
};

// In the order asked; nothing for what is gone.
Result<std::vector<std::optional<std::string>>> read_objects(store::Connection& connection,
                                                             const ids::ObjectId& account_id,
                                                             std::span<const ObjectRef> wanted);

}  // namespace hermod::server
