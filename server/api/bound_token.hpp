// Bound tokens: a place that clients hand back unchanged, as page tokens and feed cursors are.
//
// A token belongs to one owner (an account, an application): another's is refused as garbage is. Its check is
// no secret, because a token gives no access that its bearer does not have. Base64url (RFC 4648 §5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/ids/object_id.hpp"

namespace hermod::server {

std::string bound_token(const ids::ObjectId& owner, std::string_view bytes);

// The bytes; nothing unless bound_token() made it for this owner.
std::optional<std::string> parse_bound_token(const ids::ObjectId& owner, std::string_view token);

}  // namespace hermod::server
