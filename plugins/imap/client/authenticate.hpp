// Logging in on an open connection (RFC 9051 §6.2.2, §6.2.3; RFC 4959): PLAIN, LOGIN, XOAUTH2, OAUTHBEARER.
#pragma once

#include "plugins/imap/client/account.hpp"
#include "plugins/imap/client/connection.hpp"

namespace hermod::imap {

// Picks the mechanism by what the account has and the server offers. On failure the connection is still open,
// but of no more use.
Task<Status> authenticate(Connection& connection, const AccountSettings& account);

}  // namespace hermod::imap
