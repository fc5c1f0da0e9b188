// Refusals of a server (NO, BAD, BYE) as Errors: response codes first, then the texts of servers that send
// none. Pure functions. The server's text goes to `detail` only where it cannot hold an address.
#pragma once

#include <hermod/result.hpp>

#include "plugins/imap/wire/response.hpp"

namespace hermod::imap {

// What was refused: the same NO means other things to a login and to a SELECT.
enum class Subject : std::uint8_t { session, login, mailbox, message, search };

Error refusal(const StatusResponse& response, Subject subject);

}  // namespace hermod::imap
