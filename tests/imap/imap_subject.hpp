// The IMAP provider under the laws of the contract, on a server in memory.
#pragma once

#include "tests/conformance/laws.hpp"
#include "tests/imap/server/imap_server.hpp"

namespace hermod::imap::test {

conformance::MakeSubject imap_subject(ServerOptions options);

}  // namespace hermod::imap::test
