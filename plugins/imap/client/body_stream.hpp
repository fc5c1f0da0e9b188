// One message's raw bytes into a BodySink as they arrive; no message need fit in memory.
#pragma once

#include <hermod/session.hpp>

#include "plugins/imap/client/connection.hpp"

namespace hermod::imap {

// From the open mailbox. Error{not_found}: there is no such message. An Error of the sink, or a cancellation
// while the literal flows, closes the connection.
Task<Status> stream_body(Connection& connection, Uid uid, BodySink& sink);

}  // namespace hermod::imap
