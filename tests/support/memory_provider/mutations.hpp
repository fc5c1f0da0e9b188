// apply_mutation: what the server in memory does when the engine asks for a change.
#pragma once

#include "hermod/mutation.hpp"
#include "hermod/result.hpp"
#include "tests/support/memory_provider/session_options.hpp"

namespace hermod::memory {

// A mutation repeated (attempt > 1) whose marker was applied answers as it did then. Error{unsupported}: a
// change that this provider does not know.
Result<MutationOutcome> apply_mutation(MailboxState& state, const Mutation& mutation,
                                       const SessionOptions& options);

}  // namespace hermod::memory
