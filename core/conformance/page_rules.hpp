// What every page must be, whatever the server says: within the limits, complete in itself, displayable.
#pragma once

#include "hermod/session.hpp"

namespace hermod::conformance {

// Each violation is a line; none: the page keeps the rules.
std::vector<std::string> broken_rules(const CollectionPage& page);
std::vector<std::string> broken_rules(const ChangePage& page, const FetchLimits& limits);

}  // namespace hermod::conformance
