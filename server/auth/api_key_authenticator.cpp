#include "server/auth/api_key_authenticator.hpp"

#include "core/ids/api_key.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

Error refused(std::string message) {
  return failure(ErrorKind::auth, std::move(message), "send the header `Authorization: Bearer <API key>`");
}

}  // namespace

Result<Principal> ApiKeyAuthenticator::authenticate(const Request& request, Clock::time_point now) {
  const auto token = request.bearer();
  if (!token) return refused("the request has no API key");
  if (!ids::is_well_formed_api_key(*token)) return refused("the API key is not valid");
  const ids::Sha256Digest digest = ids::hash_api_key(*token);
  const std::string hash(ids::as_bytes(digest));
  if (auto principal = recall(hash, now)) return std::move(*principal);

  auto connection = database_.connect();
  if (!connection) return std::move(connection).error();
  auto key = store::authenticate(*connection, digest);
  if (!key && key.error().kind == ErrorKind::auth) return refused(key.error().message);
  if (!key) return std::move(key).error();
  Principal principal{ids::to_public(key->application_id), ids::to_public(key->key_id), std::nullopt};
  remember(hash, principal, now);
  return principal;
}

std::optional<Principal> ApiKeyAuthenticator::recall(const std::string& hash, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto found = remembered_.find(hash);
  if (found == remembered_.end()) return std::nullopt;
  if (found->second.until > now) return found->second.principal;
  remembered_.erase(found);
  return std::nullopt;
}

void ApiKeyAuthenticator::remember(const std::string& hash, const Principal& principal,
                                   Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (remembered_.size() >= remembered_max) remembered_.clear();
  remembered_.insert_or_assign(hash, Remembered{principal, now + remembered_for});
}

}  // namespace hermod::server
