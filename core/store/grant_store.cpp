#include "core/store/grant_store.hpp"

#include <algorithm>

#include "core/durability/durable_step.hpp"
#include "core/store/application_store.hpp"

namespace hermod::store {

namespace {

const std::string grant_columns =
    "account_id, application_id, provider, email, grant_status, settings, scope, state, user_agent, ip, sync_phase,"
    " sync_reason, sync_started_at, settings_revision, created_at, updated_at";

std::optional<std::string> optional_text(const Rows& rows, int row, int column) {
  if (rows.is_null(row, column)) return std::nullopt;
  return std::string(rows.text(row, column));
}

Grant grant_of(const Rows& rows, int row) {
  Grant grant;
  grant.account_id = rows.id(row, 0);
  grant.application_id = rows.id(row, 1);
  grant.provider = rows.text(row, 2);
  grant.email = rows.text(row, 3);
  grant.grant_status = rows.text(row, 4);
  grant.settings = rows.text(row, 5);
  grant.scope = rows.text(row, 6);
  grant.state = optional_text(rows, row, 7);
  grant.user_agent = optional_text(rows, row, 8);
  grant.ip = optional_text(rows, row, 9);
  grant.sync_phase = rows.text(row, 10);
  grant.sync_reason = optional_text(rows, row, 11);
  grant.sync_started_at = rows.integer(row, 12);
  grant.settings_revision = rows.integer(row, 13);
  grant.created_at = rows.integer(row, 14);
  grant.updated_at = rows.integer(row, 15);
  return grant;
}

Error no_grant() {
  return {ErrorKind::not_found, ErrorScope::account, Retry::never(), "there is no such grant", {}, {}, {}};
}

// The address's ASCII letters in lower case: what makes two spellings one mailbox.
std::string email_key_of(std::string_view email) {
  std::string key(email);
  std::transform(key.begin(), key.end(), key.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return key;
}

Status store_secrets(Connection& connection, const secrets::KeyRing& keys, const ids::ObjectId& account_id,
                     const std::map<std::string, std::string>& values) {
  for (const auto& [name, value] : values) {
    auto sealed = keys.seal(value, secrets::associated_data(account_id, name));
    if (!sealed) return std::move(sealed).error();
    const std::string_view nonce(reinterpret_cast<const char*>(sealed->nonce.data()), sealed->nonce.size());
    auto stored = connection.query(
        "INSERT INTO secrets (account_id, name, key_id, nonce, ciphertext) VALUES ($1, $2, $3, $4, $5) ON CONFLICT"
        " (account_id, name) DO UPDATE SET key_id = excluded.key_id, nonce = excluded.nonce,"
        " ciphertext = excluded.ciphertext",
        account_id, name, sealed->key_id, Bytes{nonce}, Bytes{sealed->ciphertext});
    if (!stored) return std::move(stored).error();
  }
  return ok();
}

void notify(Connection& connection, const ids::ObjectId& account_id) {
  // After the commit, never inside it: NOTIFY serializes commits. A lost one is caught by the workers' sweep.
  (void)connection.query("SELECT pg_notify($1, $2)", grants_channel, ids::to_uuid_text(account_id));
}

Result<ConnectedGrant> insert_or_renew(Connection& connection, const secrets::KeyRing& keys, const GrantInput& input) {
  const ids::ObjectId new_id = ids::new_object_id();
  // A grant that is being erased keeps its row for a while under another key.
  auto rows = connection.query(
      "INSERT INTO grants (account_id, application_id, provider, email, email_key, settings, scope, state, user_agent,"
      " ip, sync_started_at, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $11)"
      " ON CONFLICT (application_id, provider, email_key) DO UPDATE SET settings = excluded.settings, scope ="
      " excluded.scope, state = excluded.state, grant_status = 'valid', sync_reason = NULL, sync_phase = CASE WHEN"
      " grants.sync_phase = 'stopped' THEN 'initial' ELSE grants.sync_phase END, settings_revision ="
      " grants.settings_revision + 1, updated_at = excluded.updated_at RETURNING " + grant_columns,
      new_id, input.application_id, input.provider, input.email, email_key_of(input.email), input.settings, input.scope,
      input.state, input.user_agent, input.ip, unix_seconds());
  if (!rows) return std::move(rows).error();
  ConnectedGrant connected{grant_of(*rows, 0), GrantOrigin::created};
  const ids::ObjectId& account_id = connected.grant.account_id;
  if (account_id != new_id) connected.origin = GrantOrigin::reauthenticated;
  if (connected.origin == GrantOrigin::created) {
    auto clock = connection.query("INSERT INTO account_clock (account_id) VALUES ($1)", account_id);
    if (!clock) return std::move(clock).error();
    auto lease = connection.query("INSERT INTO leases (account_id) VALUES ($1)", account_id);
    if (!lease) return std::move(lease).error();
  }
  if (Status stored = store_secrets(connection, keys, account_id, input.secrets); !stored) return std::move(stored).error();
  const ChangeType type = connected.origin == GrantOrigin::created ? ChangeType::created : ChangeType::updated;
  const Change change{ObjectType::grant, type, account_id,
                      type == ChangeType::updated ? bit(ChangedField::status) : 0};
  auto logged = append_changes(connection, account_id, {change});
  if (!logged) return std::move(logged).error();
  return connected;
}

}  // namespace

Result<ConnectedGrant> connect_grant(Connection& connection, const secrets::KeyRing& keys, const GrantInput& input) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  auto connected = insert_or_renew(connection, keys, input);
  if (!connected) return connected;
  if (Status done = transaction->commit(); !done) return std::move(done).error();
  durability::passed(durability::DurableStep::grant_connected);
  notify(connection, connected->grant.account_id);
  return connected;
}

Result<Grant> find_grant(Connection& connection, const ids::ObjectId& application_id, const std::string& identifier) {
  auto rows = connection.query("SELECT " + grant_columns +
                                   " FROM grants WHERE application_id = $1 AND deleted_at IS NULL AND (account_id = $2 OR"
                                   " ($2 IS NULL AND email_key = $3)) ORDER BY created_at LIMIT 1",
                               application_id, ids::parse_public(identifier), email_key_of(identifier));
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return no_grant();
  return grant_of(*rows, 0);
}

Result<Grant> load_grant(Connection& connection, const ids::ObjectId& account_id) {
  auto rows = connection.query("SELECT " + grant_columns + " FROM grants WHERE account_id = $1 AND deleted_at IS NULL",
                               account_id);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return no_grant();
  return grant_of(*rows, 0);
}

Result<Grant> load_deleted_grant(Connection& connection, const ids::ObjectId& account_id) {
  auto rows = connection.query("SELECT " + grant_columns + " FROM grants WHERE account_id = $1", account_id);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return no_grant();
  return grant_of(*rows, 0);
}

Result<std::vector<Grant>> list_grants(Connection& connection, const GrantFilter& filter) {
  std::string statement = "SELECT " + grant_columns +
                          " FROM grants WHERE deleted_at IS NULL AND ($1::uuid IS NULL OR application_id = $1)"
                          " AND ($2::text IS NULL OR email_key = $2) AND ($3::text IS NULL OR provider = $3)"
                          " AND ($4::text IS NULL OR grant_status = $4) AND ($5::text IS NULL OR ip = $5)"
                          " AND ($6::bigint IS NULL OR created_at >= $6) AND ($7::bigint IS NULL OR created_at < $7)"
                          " ORDER BY ";
  statement += filter.sort == GrantFilter::Sort::created_at ? "created_at" : "updated_at";
  const char* direction = filter.order == GrantFilter::Order::ascending ? " ASC" : " DESC";
  statement += direction;
  statement += ", account_id";
  statement += direction;
  statement += " LIMIT $8 OFFSET $9";
  std::optional<std::string> email_key;
  if (filter.email) email_key = email_key_of(*filter.email);
  auto rows = connection.query(statement, filter.application_id, email_key, filter.provider, filter.grant_status,
                               filter.ip, filter.created_since, filter.created_before, filter.limit, filter.offset);
  if (!rows) return std::move(rows).error();
  std::vector<Grant> grants;
  for (int row = 0; row < rows->size(); ++row) grants.push_back(grant_of(*rows, row));
  return grants;
}

Result<Grant> update_grant(Connection& connection, const secrets::KeyRing& keys, const ids::ObjectId& account_id,
                           const GrantUpdate& update) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  auto rows = connection.query(
      "UPDATE grants SET settings = coalesce($2, settings), scope = coalesce($3, scope), grant_status = 'valid',"
      " sync_reason = NULL, sync_phase = CASE WHEN sync_phase = 'stopped' THEN 'initial' ELSE sync_phase END,"
      " settings_revision = settings_revision + 1, updated_at = $4 WHERE account_id = $1 AND deleted_at IS NULL"
      " RETURNING " + grant_columns,
      account_id, update.settings, update.scope, unix_seconds());
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return no_grant();
  Grant grant = grant_of(*rows, 0);
  if (Status stored = store_secrets(connection, keys, account_id, update.secrets); !stored) return std::move(stored).error();
  auto logged = append_changes(connection, account_id,
                               {{ObjectType::grant, ChangeType::updated, account_id, bit(ChangedField::status)}});
  if (!logged) return std::move(logged).error();
  if (Status done = transaction->commit(); !done) return std::move(done).error();
  durability::passed(durability::DurableStep::grant_updated);
  notify(connection, account_id);
  return grant;
}

Status delete_grant(Connection& connection, const ids::ObjectId& account_id) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  auto rows = connection.query(
      "UPDATE grants SET deleted_at = $2, email_key = $3, settings_revision = settings_revision + 1 WHERE account_id ="
      " $1 AND deleted_at IS NULL",
      account_id, unix_seconds(), "deleted:" + ids::to_public(account_id));
  if (!rows) return std::move(rows).error();
  if (rows->affected() == 0) return no_grant();
  auto erased = connection.query("DELETE FROM secrets WHERE account_id = $1", account_id);
  if (!erased) return std::move(erased).error();
  auto logged = append_changes(connection, account_id, {{ObjectType::grant, ChangeType::deleted, account_id, 0}});
  if (!logged) return std::move(logged).error();
  if (Status done = transaction->commit(); !done) return done;
  durability::passed(durability::DurableStep::grant_deleted);
  notify(connection, account_id);
  return ok();
}

namespace {

// `statement` updates the grant, $1, and is followed by what goes with it, in one transaction.
Result<Grant> change_sync(Connection& connection, const ids::ObjectId& account_id, const std::string& statement,
                          std::initializer_list<const char*> others) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  auto rows = connection.query(statement + " RETURNING " + grant_columns, account_id);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return load_grant(connection, account_id);  // as it is, or there is none
  for (const char* other : others) {
    auto done = connection.query(other, account_id);
    if (!done) return std::move(done).error();
  }
  auto logged = append_changes(connection, account_id, {{ObjectType::grant, ChangeType::updated, account_id, bit(ChangedField::sync)}});
  if (!logged) return std::move(logged).error();
  Grant grant = grant_of(*rows, 0);
  if (Status committed = transaction->commit(); !committed) return std::move(committed).error();
  notify(connection, account_id);
  return grant;
}

}  // namespace

Result<Grant> pause_grant(Connection& connection, const ids::ObjectId& account_id) {
  return change_sync(connection, account_id,
                     R"(UPDATE grants SET paused = true, sync_phase = 'paused', sync_reason = '{"kind":"paused",)"
                     R"("message":"paused by the application","hint":"POST /v3/grants/{id}/resume"}' WHERE account_id = $1)"
                     " AND deleted_at IS NULL AND NOT paused",
                     {});
}

Result<Grant> resume_grant(Connection& connection, const ids::ObjectId& account_id) {
  return change_sync(connection, account_id,
                     "UPDATE grants SET paused = false, sync_phase = 'initial', sync_reason = NULL WHERE account_id = $1 AND"
                     " deleted_at IS NULL AND paused",
                     {});
}

// The worker's epoch ends with it, so that no page of the old cursors is committed any more.
Result<Grant> resync_grant(Connection& connection, const ids::ObjectId& account_id) {
  return change_sync(
      connection, account_id,
      "UPDATE grants SET sync_phase = CASE WHEN sync_phase = 'live' THEN 'initial' ELSE sync_phase END WHERE account_id = $1 AND"
      " deleted_at IS NULL",
      {"UPDATE collections SET cursor = '', generation = generation + 1, in_snapshot = true, synced_token = '', done = 0 WHERE"
       " account_id = $1",
       "UPDATE leases SET worker_id = NULL, epoch = epoch + 1, expires_at = '-infinity' WHERE account_id = $1",
       "UPDATE account_clock c SET epoch = l.epoch FROM leases l WHERE c.account_id = $1 AND l.account_id = $1"});
}

Status set_sync_state(Connection& connection, const AccountEpoch& account, const SyncState& state) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  auto rows = connection.query(
      "WITH before AS (SELECT grant_status, first_sync_ended_at FROM grants WHERE account_id = $1 FOR UPDATE) UPDATE grants g"
      " SET grant_status = $2, sync_phase = $3, sync_reason = $4::json, updated_at = $5, first_sync_ended_at ="
      " coalesce(g.first_sync_ended_at, CASE WHEN $3 = 'live' THEN $5::bigint END) FROM before WHERE account_id = $1 AND NOT paused"
      " AND (g.grant_status, sync_phase, coalesce(sync_reason::text, '')) IS DISTINCT FROM ($2::text, $3::text,"
      " coalesce($4::json::text, '')) RETURNING before.grant_status <> $2, $2 = 'invalid' AND before.grant_status <> $2,"
      " before.first_sync_ended_at IS NULL AND g.first_sync_ended_at IS NOT NULL",
      account.account_id, state.grant_status, state.sync_phase, state.sync_reason, unix_seconds());
  if (!rows) return std::move(rows).error();
  std::vector<Change> changes;
  if (!rows->empty()) {
    std::int32_t fields = bit(ChangedField::sync);
    if (rows->boolean(0, 0)) fields |= bit(ChangedField::status);
    if (rows->boolean(0, 1)) fields |= bit(ChangedField::expired);
    if (rows->boolean(0, 2)) fields |= bit(ChangedField::first_sync);
    changes.push_back({ObjectType::grant, ChangeType::updated, account.account_id, fields});
  }
  auto logged = append_changes(connection, account, changes, History::live);
  if (!logged) return std::move(logged).error();
  if (Status committed = transaction->commit(); !committed) return committed;
  durability::passed(durability::DurableStep::sync_state_told);
  return ok();
}

Result<Settings> load_settings(Connection& connection, const ids::ObjectId& account_id) {
  auto rows = connection.query(
      "SELECT s.key, json_typeof(s.value), s.value #>> '{}' FROM grants g, json_each(g.settings) s WHERE g.account_id = $1",
      account_id);
  if (!rows) return std::move(rows).error();
  Settings settings;
  for (int row = 0; row < rows->size(); ++row) {
    const std::string key(rows->text(row, 0));
    const std::string_view type = rows->text(row, 1);
    if (type == "string") settings.set(key, std::string(rows->text(row, 2)));
    if (type == "number") settings.set(key, rows->integer(row, 2));
    if (type == "boolean") settings.set(key, rows->text(row, 2) == "true");
  }
  return settings;
}

Result<std::map<std::string, secrets::SecretString>> load_secrets(Connection& connection, const secrets::KeyRing& keys,
                                                                  const ids::ObjectId& account_id) {
  auto rows = connection.query("SELECT name, key_id, nonce, ciphertext FROM secrets WHERE account_id = $1", account_id);
  if (!rows) return std::move(rows).error();
  std::map<std::string, secrets::SecretString> values;
  for (int row = 0; row < rows->size(); ++row) {
    const std::string name(rows->text(row, 0));
    secrets::Sealed sealed;
    sealed.key_id = rows->text(row, 1);
    const std::string nonce = rows->bytes(row, 2);
    std::copy_n(nonce.begin(), std::min(nonce.size(), sealed.nonce.size()), sealed.nonce.begin());
    sealed.ciphertext = rows->bytes(row, 3);
    auto opened = keys.open(sealed, secrets::associated_data(account_id, name));
    if (!opened) return std::move(opened).error();
    values.emplace(name, std::move(*opened));
  }
  return values;
}

}  // namespace hermod::store
