// Reads the query parameters that lists share into the store's filters. Everything that does not make sense
// is Error{invalid_argument}; empty values count as absent.
#pragma once

#include "core/store/thread_query.hpp"
#include "server/api/page_token.hpp"
#include "server/http/request.hpp"

namespace hermod::server {

// `limit`, of which more than the maximum is asked for page by page, and `page_token`.
Result<store::PageRequest> parse_page(const Query& query, const ids::ObjectId& account_id, ListKind list);

Result<store::MessageFilter> parse_message_filter(const Query& query);
Result<store::ThreadFilter> parse_thread_filter(const Query& query);

// Absent: nothing.
Result<std::optional<std::int64_t>> parse_number(const Query& query, std::string_view key);
std::optional<std::string> parse_text(const Query& query, std::string_view key);

}  // namespace hermod::server
