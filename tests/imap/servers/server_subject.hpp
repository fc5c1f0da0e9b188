// The IMAP provider under the laws of the contract on a real server, over sockets, on the host's own runtime.
#pragma once

#include "core/conformance/laws.hpp"
#include "tests/imap/servers/server_process.hpp"

namespace hermod::imap::test {

// What a kind of server is, beyond what every server does.
struct ServerKind {
  const char* name;                             // in tests/support/servers/kinds.py
  std::vector<std::string> absent_facets = {};  // for want of what they need
  // Quirk(Dovecot 2.3): a message of 1900 is of 1901 when it is first asked for, and of 2038 from then on.
  bool early_dates = true;
  friend void PrintTo(const ServerKind& kind, std::ostream* out) { *out << kind.name; }
};

// Each subject is another user of the server, which must outlive it.
conformance::MakeSubject server_subject(ServerKind kind, ServerProcess& server);

}  // namespace hermod::imap::test
