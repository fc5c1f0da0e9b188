#include "server/auth/grant_directory.hpp"

#include "server/failure.hpp"

namespace hermod::server {

Result<std::string> permitted_identifier(const Principal& principal, const std::string& identifier) {
  if (identifier != "me") return identifier;
  if (principal.grant_id) return *principal.grant_id;
  return failure(ErrorKind::invalid_argument, "`me` needs the access token of a grant",
                 "with an API key, name the grant by its id or e-mail address");
}

Result<AccountScope> GrantDirectory::resolve(const Principal& principal, const std::string& identifier,
                                             Clock::time_point now) {
  auto named = permitted_identifier(principal, identifier);
  if (!named) return std::move(named).error();
  const std::pair key(principal.application_id, *named);
  AccountScope scope;
  {
    const std::lock_guard lock(mutex_);
    const auto found = remembered_.find(key);
    if (found != remembered_.end() && found->second.until > now) scope = found->second.scope;
  }
  if (scope.grant_id.empty()) {
    auto connection = database_.connect();
    if (!connection) return std::move(connection).error();
    const auto application = ids::parse_public(principal.application_id).value_or(ids::ObjectId{});
    auto grant = store::find_grant(*connection, application, *named);
    if (!grant) return std::move(grant).error();
    scope = {grant->account_id, ids::to_public(grant->account_id), grant->provider};
    const std::lock_guard lock(mutex_);
    if (remembered_.size() >= remembered_max) remembered_.clear();
    remembered_.insert_or_assign(key, Remembered{scope, now + remembered_for});
  }
  if (principal.grant_id && *principal.grant_id != scope.grant_id) {
    return failure(ErrorKind::not_found, "there is no such grant");
  }
  return scope;
}

void GrantDirectory::forget(const ids::ObjectId& account_id) {
  const std::lock_guard lock(mutex_);
  std::erase_if(remembered_, [&](const auto& entry) { return entry.second.scope.account_id == account_id; });
}

}  // namespace hermod::server
