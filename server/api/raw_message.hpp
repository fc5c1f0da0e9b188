// Raw bytes of a stored message, from the blob store.
#pragma once

#include "core/mime/message.hpp"
#include "core/store/message_query.hpp"
#include "server/api/route_context.hpp"

namespace hermod::server {

inline constexpr std::size_t header_block_bytes_max = std::size_t{1} << 20;

// What read_raw() of it takes; of a draft on its way the most that one may have.
std::uint64_t raw_bytes_of(const Api& api, const store::MessageRow& message);

// Error{not_found} when the raw bytes are not held.
Result<std::string> read_raw(const Api& api, const AccountScope& scope, const store::MessageRow& message);

// The headers, for which only the beginning is read. None when the raw bytes are not held.
Result<std::vector<mime::Header>> read_headers(const Api& api, const AccountScope& scope,
                                               const store::MessageRow& message);

}  // namespace hermod::server
