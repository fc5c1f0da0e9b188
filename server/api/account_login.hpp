// What connecting an account and changing its grant share.
#pragma once

#include "server/api/account_settings.hpp"
#include "server/api/route_context.hpp"

namespace hermod::server {

// Null when no loaded plugin brings it.
const OfferedProvider* offered_provider(const Api& api, std::string_view provider);
Error not_offered(const Api& api, const std::string& provider);

// Error{invalid_argument} when the provider refuses the credentials: the caller's own key is good.
Status verify_login(const Api& api, const std::string& provider, const AccountSettings& settings);

// The body's `scope`, a list of strings, as JSON; nothing when it is absent.
Result<std::optional<std::string>> scope_json(const Poco::JSON::Object& body);

// The grant as it is now.
Result<Reply> grant_reply(store::Connection& connection, const Request& request, const store::Grant& grant,
                          int status = 200);

}  // namespace hermod::server
