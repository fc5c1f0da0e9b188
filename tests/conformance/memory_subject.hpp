// MemorySubject: the memory provider under the laws, in any of its modes.
#pragma once

#include "core/conformance/laws.hpp"

namespace hermod::conformance {

// `mode` and `sabotage` as in the provider's settings.
MakeSubject memory_subject(std::string mode, std::string sabotage = "none");

}  // namespace hermod::conformance
