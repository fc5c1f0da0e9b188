// Page tokens: where a list goes on, as the opaque `next_cursor` and `page_token` of the API.
//
// A token belongs to one account (or webhook) and one list: another's is refused as garbage is. Its check is no secret,
// because a token gives no access that its bearer does not have. 44 characters of base64url (RFC 4648 §5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/store/message_query.hpp"

namespace hermod::server {

enum class ListKind : char { messages = 'm', threads = 't', folders = 'f', actions = 'a', drafts = 'd', deliveries = 'w' };

std::string page_token(const ids::ObjectId& account_id, ListKind list, const store::PagePosition& position);

// Nothing unless page_token() made it for this account and list.
std::optional<store::PagePosition> parse_page_token(const ids::ObjectId& account_id, ListKind list,
                                                    std::string_view token);

}  // namespace hermod::server
