#include "core/store/application_store.hpp"

#include <ctime>

#include "core/ids/api_key.hpp"

namespace hermod::store {

namespace {

constexpr const char* application_columns = "application_id, name, is_default, created_at";
constexpr const char* key_columns = "key_id, application_id, name, created_at, revoked_at";

Application application_of(const Rows& rows, int row) {
  return {rows.id(row, 0), std::string(rows.text(row, 1)), rows.boolean(row, 2), rows.integer(row, 3)};
}
ApiKey key_of(const Rows& rows, int row) {
  ApiKey key{rows.id(row, 0), rows.id(row, 1), std::string(rows.text(row, 2)), rows.integer(row, 3), std::nullopt};
  if (!rows.is_null(row, 4)) key.revoked_at = rows.integer(row, 4);
  return key;
}
Error missing(const char* what) {
  return {ErrorKind::not_found, ErrorScope::item, Retry::never(), what, {}, {}, {}};
}

}  // namespace

std::int64_t unix_seconds() { return static_cast<std::int64_t>(std::time(nullptr)); }

Result<Application> default_application(Connection& connection) {
  auto made = connection.query(
      "INSERT INTO applications (application_id, name, is_default, created_at) VALUES ($1, 'default', true, $2)"
      " ON CONFLICT DO NOTHING",
      ids::new_object_id(), unix_seconds());
  if (!made) return std::move(made).error();
  auto rows = connection.query(std::string("SELECT ") + application_columns + " FROM applications WHERE is_default");
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return missing("there is no default application");
  return application_of(*rows, 0);
}

Result<Application> create_application(Connection& connection, const std::string& name) {
  auto rows = connection.query(std::string("INSERT INTO applications (application_id, name, created_at)"
                                           " VALUES ($1, $2, $3) RETURNING ") + application_columns,
                               ids::new_object_id(), name, unix_seconds());
  if (!rows) return std::move(rows).error();
  return application_of(*rows, 0);
}

Result<std::vector<Application>> list_applications(Connection& connection) {
  auto rows = connection.query(std::string("SELECT ") + application_columns + " FROM applications ORDER BY created_at, name");
  if (!rows) return std::move(rows).error();
  std::vector<Application> applications;
  for (int row = 0; row < rows->size(); ++row) applications.push_back(application_of(*rows, row));
  return applications;
}

Result<Application> find_application(Connection& connection, const std::string& id_or_name) {
  auto rows = connection.query(std::string("SELECT ") + application_columns +
                                   " FROM applications WHERE application_id = $1 OR name = $2",
                               ids::parse_public(id_or_name), id_or_name);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return missing("there is no such application");
  return application_of(*rows, 0);
}

Result<NewApiKey> create_api_key(Connection& connection, const ids::ObjectId& application_id, const std::string& name) {
  const std::string secret = ids::make_api_key();
  const ids::Sha256Digest hash = ids::hash_api_key(secret);
  auto rows = connection.query(std::string("INSERT INTO api_keys (key_id, application_id, name, key_hash, created_at)"
                                           " VALUES ($1, $2, $3, $4, $5) RETURNING ") + key_columns,
                               ids::new_object_id(), application_id, name, Bytes{ids::as_bytes(hash)}, unix_seconds());
  if (!rows) return std::move(rows).error();
  return NewApiKey{key_of(*rows, 0), secret};
}

Result<std::vector<ApiKey>> list_api_keys(Connection& connection) {
  auto rows = connection.query(std::string("SELECT ") + key_columns + " FROM api_keys ORDER BY created_at, key_id");
  if (!rows) return std::move(rows).error();
  std::vector<ApiKey> keys;
  for (int row = 0; row < rows->size(); ++row) keys.push_back(key_of(*rows, row));
  return keys;
}

Status revoke_api_key(Connection& connection, const ids::ObjectId& key_id) {
  auto rows = connection.query("UPDATE api_keys SET revoked_at = coalesce(revoked_at, $2) WHERE key_id = $1", key_id,
                               unix_seconds());
  if (!rows) return std::move(rows).error();
  if (rows->affected() == 0) return missing("there is no such key");
  return ok();
}

Result<std::vector<ids::ObjectId>> revoked_keys(Connection& connection, const std::vector<ids::ObjectId>& key_ids) {
  auto rows = connection.query("SELECT key_id FROM api_keys WHERE key_id = ANY($1::uuid[]) AND revoked_at IS NOT NULL",
                               key_ids);
  if (!rows) return std::move(rows).error();
  std::vector<ids::ObjectId> revoked;
  for (int row = 0; row < rows->size(); ++row) revoked.push_back(rows->id(row, 0));
  return revoked;
}

Result<ApiKey> authenticate(Connection& connection, const ids::Sha256Digest& key_hash) {
  auto rows = connection.query(std::string("SELECT ") + key_columns +
                                   " FROM api_keys WHERE key_hash = $1 AND revoked_at IS NULL",
                               Bytes{ids::as_bytes(key_hash)});
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return Error{ErrorKind::auth, ErrorScope::account, Retry::never(), "the API key is not valid", {}, {}, {}};
  return key_of(*rows, 0);
}

}  // namespace hermod::store
