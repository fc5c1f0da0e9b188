#include "server/api/page_token.hpp"

#include <cstring>

#include "core/ids/sha256.hpp"
#include "core/ids/text_encoding.hpp"

namespace hermod::server {
namespace {

constexpr std::size_t at_bytes = 8, id_bytes = 16, check_bytes = 8;
constexpr std::size_t position_bytes = 1 + at_bytes + id_bytes;

std::string check(const ids::ObjectId& account_id, std::string_view position) {
  std::string text(reinterpret_cast<const char*>(account_id.bytes.data()), account_id.bytes.size());
  text += position;
  const ids::Sha256Digest digest = ids::sha256(text);
  return std::string(ids::as_bytes(digest).substr(0, check_bytes));
}

}  // namespace

std::string page_token(const ids::ObjectId& account_id, ListKind list, const store::PagePosition& position) {
  std::string bytes(1, static_cast<char>(list));
  for (std::size_t i = 0; i < at_bytes; ++i) {
    bytes += static_cast<char>(static_cast<std::uint64_t>(position.at) >> (8 * (at_bytes - 1 - i)));
  }
  bytes.append(reinterpret_cast<const char*>(position.id.bytes.data()), id_bytes);
  bytes += check(account_id, bytes);
  return ids::base64url_encode(bytes);
}

std::optional<store::PagePosition> parse_page_token(const ids::ObjectId& account_id, ListKind list,
                                                    std::string_view token) {
  const auto bytes = ids::base64url_decode(token);
  if (!bytes || bytes->size() != position_bytes + check_bytes) return std::nullopt;
  const std::string_view position = std::string_view(*bytes).substr(0, position_bytes);
  if (position.front() != static_cast<char>(list)) return std::nullopt;
  if (std::string_view(*bytes).substr(position_bytes) != check(account_id, position)) return std::nullopt;
  std::uint64_t at = 0;
  for (const char byte : position.substr(1, at_bytes)) at = at << 8 | static_cast<std::uint8_t>(byte);
  store::PagePosition found{static_cast<std::int64_t>(at), {}};
  std::memcpy(found.id.bytes.data(), position.data() + 1 + at_bytes, id_bytes);
  return found;
}

}  // namespace hermod::server
