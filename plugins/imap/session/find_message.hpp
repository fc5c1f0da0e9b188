// A message of which no address is known, found by what is known of it: after a COPY, MOVE or APPEND whose
// answer did not tell where it went, or was lost.
#pragma once

#include <hermod/host.hpp>

#include "plugins/imap/client/connection.hpp"

namespace hermod::imap {

// The newest message of the open mailbox, from UID `first` on, that fits `keys`: the same object key where
// both have one, else the same Message-ID and size (a size of 0 fits all), else, without a Message-ID, the
// same size and date. Absent: there is none, or nothing is known to look for.
Task<Result<std::optional<Uid>>> find_message(Connection& connection, Uid first, ItemKeys keys);

// Whether `keys` say enough to look for a message.
bool can_be_found(const ItemKeys& keys);

}  // namespace hermod::imap
