#include "server/api/page_token.hpp"

#include <cstring>

#include "server/api/bound_token.hpp"

namespace hermod::server {
namespace {

constexpr std::size_t at_bytes = 8, id_bytes = 16;
constexpr std::size_t position_bytes = 1 + at_bytes + id_bytes;

}  // namespace

std::string page_token(const ids::ObjectId& account_id, ListKind list, const store::PagePosition& position) {
  std::string bytes(1, static_cast<char>(list));
  for (std::size_t i = 0; i < at_bytes; ++i) {
    bytes += static_cast<char>(static_cast<std::uint64_t>(position.at) >> (8 * (at_bytes - 1 - i)));
  }
  bytes.append(reinterpret_cast<const char*>(position.id.bytes.data()), id_bytes);
  return bound_token(account_id, bytes);
}

std::optional<store::PagePosition> parse_page_token(const ids::ObjectId& account_id, ListKind list,
                                                    std::string_view token) {
  const auto bytes = parse_bound_token(account_id, token);
  if (!bytes || bytes->size() != position_bytes || bytes->front() != static_cast<char>(list))
    return std::nullopt;
  const std::string_view position = *bytes;
  std::uint64_t at = 0;
  for (const char byte : position.substr(1, at_bytes)) at = at << 8 | static_cast<std::uint8_t>(byte);
  store::PagePosition found{static_cast<std::int64_t>(at), {}};
  std::memcpy(found.id.bytes.data(), position.data() + 1 + at_bytes, id_bytes);
  return found;
}

}  // namespace hermod::server
