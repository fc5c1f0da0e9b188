// Raw bytes of a stored message, from the blob store.
#pragma once

#include "core/mime/message.hpp"
#include "core/store/message_query.hpp"
#include "server/api/route_context.hpp"

namespace hermod::server {

inline constexpr std::size_t header_block_bytes_max = std::size_t{1} << 20;

// Error{not_found} when the raw bytes are not held.
Result<std::string> read_raw(const Api& api, const AccountScope& scope, const store::MessageRow& message);

// The headers, for which only the beginning is read. None when the raw bytes are not held.
Result<std::vector<mime::Header>> read_headers(const Api& api, const AccountScope& scope,
                                               const store::MessageRow& message);

}  // namespace hermod::server
