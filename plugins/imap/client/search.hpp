// UID SEARCH, plain and extended (RFC 9051 §6.4.4, RFC 4731), on the open mailbox.
#pragma once

#include "plugins/imap/client/connection.hpp"
#include "plugins/imap/wire/search_program.hpp"

namespace hermod::imap {

// The UIDs that are found. Error{invalid_argument}: the server refuses the search.
Task<Result<UidSet>> search_mailbox(Connection& connection, SearchProgram program);

// The UIDs within [first, last] that exist. At most one plain SEARCH is open at a time: its answer has no
// owner.
Task<Result<UidSet>> search_existing(Connection& connection, Uid first, Uid last);

// One above the largest UID, at least `at_least`, for servers whose SELECT tells no UIDNEXT.
Task<Result<Uid>> find_uid_next(Connection& connection, Uid at_least);

}  // namespace hermod::imap
