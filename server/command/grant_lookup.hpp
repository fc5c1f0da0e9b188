// Which grant the command line means.
#pragma once

#include "core/store/grant_store.hpp"

namespace hermod::server {

// By id or e-mail address, of whatever application. An address may be connected by several; then only the id tells
// which is meant: Error{conflict}. Error{not_found}.
Result<store::Grant> find_any_grant(store::Connection& connection, const std::string& identifier);

}  // namespace hermod::server
