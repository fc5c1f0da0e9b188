// From nothing to a logged-in connection (RFC 9051 §3, §6.1, §6.2; RFC 2971, RFC 4959, RFC 5161, RFC 7162).
//
// TCP or TLS → greeting → [STARTTLS] → CAPABILITY → ID → AUTHENTICATE or LOGIN → CAPABILITY → ID, ENABLE.
// A password is never sent unencrypted unless the account's settings say `none`.
#pragma once

#include <memory>

#include "plugins/imap/client/account.hpp"
#include "plugins/imap/client/connection.hpp"

namespace hermod::imap {

// Errors: auth (credentials refused), denied (encryption or access), rate_limited, unavailable, timeout.
Task<Result<std::unique_ptr<Connection>>> open_connection(Host& host, const AccountSettings& account);

// Says LOGOUT and waits a little for the answer; closes in any case.
Task<Status> log_out(Connection& connection);

}  // namespace hermod::imap
