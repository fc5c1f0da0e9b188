#include "server/api/bound_token.hpp"

#include "core/ids/sha256.hpp"
#include "core/ids/text_encoding.hpp"

namespace hermod::server {
namespace {

constexpr std::size_t check_bytes = 8;

std::string check(const ids::ObjectId& owner, std::string_view bytes) {
  std::string text(reinterpret_cast<const char*>(owner.bytes.data()), owner.bytes.size());
  text += bytes;
  const ids::Sha256Digest digest = ids::sha256(text);
  return std::string(ids::as_bytes(digest).substr(0, check_bytes));
}

}  // namespace

std::string bound_token(const ids::ObjectId& owner, std::string_view bytes) {
  return ids::base64url_encode(std::string(bytes) + check(owner, bytes));
}

std::optional<std::string> parse_bound_token(const ids::ObjectId& owner, std::string_view token) {
  auto bytes = ids::base64url_decode(token);
  if (!bytes || bytes->size() < check_bytes) return std::nullopt;
  const std::string given = bytes->substr(bytes->size() - check_bytes);
  bytes->resize(bytes->size() - check_bytes);
  if (given != check(owner, *bytes)) return std::nullopt;
  return bytes;
}

}  // namespace hermod::server
