// Applications and their API keys. A key sees nothing of another application.
#pragma once

#include "core/ids/sha256.hpp"
#include "core/store/database.hpp"

namespace hermod::store {

struct Application {
  ids::ObjectId application_id;
  std::string name;
  bool is_default = false;
  std::int64_t created_at = 0;
};
struct ApiKey {
  ids::ObjectId key_id, application_id;
  std::string name;
  std::int64_t created_at = 0;
  std::optional<std::int64_t> revoked_at;
};

// The default application, made when there is none.
Result<Application> default_application(Connection& connection);
// Error{conflict}: the name is taken.
Result<Application> create_application(Connection& connection, const std::string& name);
Result<std::vector<Application>> list_applications(Connection& connection);
// By public id or name; Error{not_found}.
Result<Application> find_application(Connection& connection, const std::string& id_or_name);

struct NewApiKey {
  ApiKey key;
  std::string secret;  // shown once
};
Result<NewApiKey> create_api_key(Connection& connection, const ids::ObjectId& application_id, const std::string& name);
Result<std::vector<ApiKey>> list_api_keys(Connection& connection);
// Error{not_found}; revoking twice is a success.
Status revoke_api_key(Connection& connection, const ids::ObjectId& key_id);
// Those of the keys that were revoked.
Result<std::vector<ids::ObjectId>> revoked_keys(Connection& connection, const std::vector<ids::ObjectId>& key_ids);
// The key of that hash, unless revoked; Error{auth}.
Result<ApiKey> authenticate(Connection& connection, const ids::Sha256Digest& key_hash);

std::int64_t unix_seconds();

}  // namespace hermod::store
