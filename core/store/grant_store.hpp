// Grants: the accounts that applications connected, and their secrets.
#pragma once

#include <map>

#include "core/secrets/key_ring.hpp"
#include "core/store/change_log.hpp"
#include "hermod/settings.hpp"

namespace hermod::store {

struct Grant {
  ids::ObjectId account_id, application_id;
  std::string provider, email;
  std::string grant_status;  // valid, invalid
  std::string settings;      // JSON object, without secrets
  std::string scope;         // JSON array
  std::optional<std::string> state, user_agent, ip;
  std::string sync_phase;                  // initial, live, paused, stopped
  std::optional<std::string> sync_reason;  // JSON {"kind","message","hint"}
  std::int64_t sync_started_at = 0, settings_revision = 0, created_at = 0, updated_at = 0;
};

struct GrantInput {
  ids::ObjectId application_id;
  std::string provider, email, settings = "{}", scope = "[]";
  std::map<std::string, std::string> secrets;  // name → value
  std::optional<std::string> state, user_agent, ip;
};
enum class GrantOrigin : std::uint8_t { created, reauthenticated };
struct ConnectedGrant {
  Grant grant;
  GrantOrigin origin;
};

// Makes the grant with its clock, lease and secrets, or re-authenticates the one of the same application, provider
// and lower-cased address: new settings and secrets, status valid, same id. Notifies the sync workers.
Result<ConnectedGrant> connect_grant(Connection& connection, const secrets::KeyRing& keys, const GrantInput& input);

// By id or e-mail address, within the application. Error{not_found}.
Result<Grant> find_grant(Connection& connection, const ids::ObjectId& application_id, const std::string& identifier);
// For the sync worker and the command line; also a deleted one is not found.
// Also one that is being erased.
Result<Grant> load_deleted_grant(Connection& connection, const ids::ObjectId& account_id);
Result<Grant> load_grant(Connection& connection, const ids::ObjectId& account_id);

struct GrantFilter {
  std::optional<ids::ObjectId> application_id;
  std::optional<std::string> email, provider, grant_status, ip;
  std::optional<std::int64_t> created_since, created_before;
  enum class Sort : std::uint8_t { created_at, updated_at } sort = Sort::created_at;
  enum class Order : std::uint8_t { ascending, descending } order = Order::descending;
  int limit = 50, offset = 0;
};
Result<std::vector<Grant>> list_grants(Connection& connection, const GrantFilter& filter);

// Changes settings (whole JSON object), scope and secrets (those named; others stay); status becomes valid again.
struct GrantUpdate {
  std::optional<std::string> settings, scope;
  std::map<std::string, std::string> secrets;
};
Result<Grant> update_grant(Connection& connection, const secrets::KeyRing& keys, const ids::ObjectId& account_id,
                           const GrantUpdate& update);

// Gone for the API at once; its data is erased behind (erase.hpp). Deleting twice is Error{not_found}.
Status delete_grant(Connection& connection, const ids::ObjectId& account_id);

// Paused by its application: no worker syncs it, writes wait; what is stored stays readable. Idempotent, both.
Result<Grant> pause_grant(Connection& connection, const ids::ObjectId& account_id);
Result<Grant> resume_grant(Connection& connection, const ids::ObjectId& account_id);
// Every folder is compared with the server from the beginning; ids stay. A worker at it begins anew.
Result<Grant> resync_grant(Connection& connection, const ids::ObjectId& account_id);

struct SyncState {
  std::string grant_status, sync_phase;
  std::optional<std::string> sync_reason;
};
// Written by the sync worker; logs a change of the grant when it is one.
Status set_sync_state(Connection& connection, const AccountEpoch& account, const SyncState& state);

// The settings as the plugin takes them; values of other types than text, integer and boolean are left out.
Result<Settings> load_settings(Connection& connection, const ids::ObjectId& account_id);
Result<std::map<std::string, secrets::SecretString>> load_secrets(Connection& connection, const secrets::KeyRing& keys,
                                                                  const ids::ObjectId& account_id);

// The NOTIFY channel that wakes sync workers: a grant was made, changed or deleted. Payload: the account's uuid.
inline constexpr const char* grants_channel = "hermod_grants";

}  // namespace hermod::store
