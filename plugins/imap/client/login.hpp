// From nothing to a logged-in connection (RFC 9051 §3, §6.1, §6.2; RFC 2971, RFC 4959, RFC 5161, RFC 7162).
//
// TCP or TLS → greeting → [STARTTLS] → CAPABILITY → ID → AUTHENTICATE or LOGIN → CAPABILITY → [COMPRESS] →
// ID, ENABLE.
// A password is never sent unencrypted unless the account's settings say `none`.
#pragma once

#include <memory>

#include "plugins/imap/client/account.hpp"
#include "plugins/imap/client/connection.hpp"

namespace hermod::imap {

// What a connection is for. One that waits is not compressed: there is nothing to gain by it, and thousands
// of them wait.
enum class Use : std::uint8_t { work, wait };

// Errors: auth (credentials refused), denied (encryption or access), rate_limited, unavailable, timeout.
Task<Result<std::unique_ptr<Connection>>> open_connection(Host& host, const AccountSettings& account,
                                                          Use use);

// Says LOGOUT and waits a little for the answer; closes in any case.
Task<Status> log_out(Connection& connection);

}  // namespace hermod::imap
