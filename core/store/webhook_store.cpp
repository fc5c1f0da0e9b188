#include "core/store/webhook_store.hpp"

#include <algorithm>
#include <array>

#include "core/ids/random.hpp"
#include "core/ids/text_encoding.hpp"
#include "core/store/application_store.hpp"
#include "core/store/change_reader.hpp"
#include "core/store/delivery_store.hpp"

namespace hermod::store {

namespace {

constexpr std::array<std::string_view, 4> status_names = {"active", "failing", "failed", "pause"};
constexpr std::string_view secret_name = "webhook_secret";
constexpr std::size_t secret_bytes = 32;

const std::string webhook_columns =
    "w.webhook_id, w.application_id, w.description, w.url, w.trigger_types, w.notification_email_addresses,"
    " w.compressed_delivery, w.history, w.grant_ids, w.folders, w.status, w.status_updated_at, "
    "w.failing_since,"
    " w.revision, w.from_position, w.created_at, w.updated_at";
const std::string secret_columns = ", w.secret_key_id, w.secret_nonce, w.secret_ciphertext";
constexpr int first_secret_column = 17;

Webhook webhook_of(const Rows& rows, int row) {
  Webhook webhook;
  webhook.webhook_id = rows.id(row, 0);
  webhook.application_id = rows.id(row, 1);
  webhook.settings.description = rows.text(row, 2);
  webhook.settings.url = rows.text(row, 3);
  webhook.settings.trigger_types = rows.texts(row, 4);
  webhook.settings.notification_addresses = rows.texts(row, 5);
  webhook.settings.compressed = rows.boolean(row, 6);
  webhook.settings.history = rows.boolean(row, 7);
  webhook.settings.grants = rows.ids(row, 8);
  webhook.settings.folders = rows.texts(row, 9);
  webhook.status = parse_webhook_status(rows.text(row, 10)).value_or(WebhookStatus::failed);
  webhook.status_updated_at = rows.integer(row, 11);
  if (!rows.is_null(row, 12)) webhook.failing_since = rows.integer(row, 12);
  webhook.revision = rows.integer(row, 13);
  webhook.from_position = rows.integer(row, 14);
  webhook.created_at = rows.integer(row, 15);
  webhook.updated_at = rows.integer(row, 16);
  return webhook;
}

Error no_webhook() {
  return {ErrorKind::not_found, ErrorScope::account, Retry::never(), "there is no such webhook", {}, {}, {}};
}

secrets::SecretString new_secret() {
  std::array<std::uint8_t, secret_bytes> random;
  ids::fill_random(random);
  return secrets::SecretString(
      ids::hex_encode({reinterpret_cast<const char*>(random.data()), random.size()}));
}

Result<secrets::SecretString> open_secret(const secrets::KeyRing& keys, const Rows& rows, int row,
                                          const ids::ObjectId& webhook_id) {
  secrets::Sealed sealed;
  sealed.key_id = rows.text(row, first_secret_column);
  const std::string nonce = rows.bytes(row, first_secret_column + 1);
  std::copy_n(nonce.begin(), std::min(nonce.size(), sealed.nonce.size()), sealed.nonce.begin());
  sealed.ciphertext = rows.bytes(row, first_secret_column + 2);
  return keys.open(sealed, secrets::associated_data(webhook_id, secret_name));
}

std::string_view nonce_of(const secrets::Sealed& sealed) {
  return {reinterpret_cast<const char*>(sealed.nonce.data()), sealed.nonce.size()};
}

// After the commit. A lost one is made up for by the sweep of those who deliver.
void notify(Connection& connection, const ids::ObjectId& webhook_id) {
  (void)connection.query("SELECT pg_notify($1, $2)", webhooks_channel, ids::to_uuid_text(webhook_id));
}

Result<std::vector<Webhook>> webhooks_of(Result<Rows> rows) {
  if (!rows) return std::move(rows).error();
  std::vector<Webhook> webhooks;
  for (int row = 0; row < rows->size(); ++row) webhooks.push_back(webhook_of(*rows, row));
  return webhooks;
}

Result<Webhook> one_webhook(Result<Rows> rows) {
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return no_webhook();
  return webhook_of(*rows, 0);
}

}  // namespace

std::string_view to_string(WebhookStatus status) { return status_names.at(static_cast<std::size_t>(status)); }

std::optional<WebhookStatus> parse_webhook_status(std::string_view text) {
  const auto found = std::ranges::find(status_names, text);
  if (found == status_names.end()) return std::nullopt;
  return static_cast<WebhookStatus>(found - status_names.begin());
}

Result<SecretWebhook> create_webhook(Connection& connection, const secrets::KeyRing& keys,
                                     const ids::ObjectId& application_id, const WebhookSettings& settings) {
  const ids::ObjectId webhook_id = ids::new_object_id();
  secrets::SecretString secret = new_secret();
  auto sealed = keys.seal(secret.reveal(), secrets::associated_data(webhook_id, secret_name));
  if (!sealed) return std::move(sealed).error();
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  auto created = connection.query(
      "INSERT INTO webhooks AS w (webhook_id, application_id, description, url, trigger_types,"
      " notification_email_addresses, compressed_delivery, history, grant_ids, folders, status, "
      "status_updated_at,"
      " from_position, secret_key_id, secret_nonce, secret_ciphertext, created_at, updated_at) SELECT "
      "$1::uuid,"
      " $2::uuid, $3::text, $4::text, $5::text[], $6::text[], $7::boolean, $8::boolean, $9::uuid[], "
      "$10::text[],"
      " 'active', $11::bigint, position, $12::text, $13::bytea, $14::bytea, $11, $11 FROM feed_clock WHERE "
      "(SELECT"
      " count(*) FROM webhooks WHERE application_id = $2) < $15 RETURNING " +
          webhook_columns,
      webhook_id, application_id, settings.description, settings.url, settings.trigger_types,
      settings.notification_addresses, settings.compressed, settings.history, settings.grants,
      settings.folders, unix_seconds(), sealed->key_id, Bytes{nonce_of(*sealed)}, Bytes{sealed->ciphertext},
      webhooks_max);
  if (!created) return std::move(created).error();
  if (created->empty()) {
    return Error{ErrorKind::limit,
                 ErrorScope::account,
                 Retry::never(),
                 "the application has " + std::to_string(webhooks_max) + " webhooks already",
                 {},
                 "delete one",
                 {}};
  }
  SecretWebhook made{webhook_of(*created, 0), std::move(secret)};
  if (Status reader = begin_shared_reader(connection, made.webhook.from_position); !reader)
    return std::move(reader).error();
  if (Status committed = transaction->commit(); !committed) return std::move(committed).error();
  notify(connection, webhook_id);
  return made;
}

Result<std::vector<Webhook>> list_webhooks(Connection& connection, const ids::ObjectId& application_id) {
  return webhooks_of(connection.query(
      "SELECT " + webhook_columns + " FROM webhooks w WHERE application_id = $1 ORDER BY webhook_id",
      application_id));
}

Result<Webhook> find_webhook(Connection& connection, const ids::ObjectId& application_id,
                             const ids::ObjectId& webhook_id) {
  return one_webhook(connection.query(
      "SELECT " + webhook_columns + " FROM webhooks w WHERE application_id = $1 AND webhook_id = $2",
      application_id, webhook_id));
}

Result<Webhook> update_webhook(Connection& connection, const ids::ObjectId& application_id,
                               const ids::ObjectId& webhook_id, const WebhookSettings& settings,
                               std::optional<WebhookStatus> status) {
  std::optional<std::string> wanted;
  if (status) wanted = to_string(*status);
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  if (status == WebhookStatus::pause) {
    if (Status ended = end_own_reader(connection, webhook_id); !ended) return std::move(ended).error();
  }
  // Who comes back begins with what happens from now on.
  auto updated = one_webhook(
      connection.query("UPDATE webhooks w SET description = $3, url = $4, trigger_types = $5, "
                       "notification_email_addresses = $6,"
                       " compressed_delivery = $7, history = $8, grant_ids = $9, folders = $10, status = "
                       "coalesce($11::text, status),"
                       " status_updated_at = CASE WHEN $11 IS NULL OR $11 = status THEN status_updated_at "
                       "ELSE $12 END, failing_since ="
                       " CASE WHEN $11 IS NULL THEN failing_since END, from_position = CASE WHEN $11 = "
                       "'active' AND status IN ('failed',"
                       " 'pause') THEN (SELECT position FROM feed_clock) ELSE from_position END, revision = "
                       "revision + 1, updated_at ="
                       " $12 WHERE application_id = $1 AND webhook_id = $2 RETURNING " +
                           webhook_columns,
                       application_id, webhook_id, settings.description, settings.url, settings.trigger_types,
                       settings.notification_addresses, settings.compressed, settings.history,
                       settings.grants, settings.folders, wanted, unix_seconds()));
  if (!updated) return updated;
  if (Status committed = transaction->commit(); !committed) return std::move(committed).error();
  notify(connection, webhook_id);
  return updated;
}

Status delete_webhook(Connection& connection, const ids::ObjectId& application_id,
                      const ids::ObjectId& webhook_id) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  if (Status ended = end_own_reader(connection, webhook_id); !ended) return ended;
  if (auto locked = await_shared_reader(connection); !locked && locked.error().kind != ErrorKind::conflict)
    return std::move(locked).error();
  auto deleted = connection.query("DELETE FROM webhooks WHERE application_id = $1 AND webhook_id = $2",
                                  application_id, webhook_id);
  if (!deleted) return std::move(deleted).error();
  if (deleted->affected() == 0) return no_webhook();
  if (Status ended = end_shared_reader(connection); !ended) return ended;
  if (Status committed = transaction->commit(); !committed) return committed;
  notify(connection, webhook_id);
  return ok();
}

Result<SecretWebhook> rotate_webhook_secret(Connection& connection, const secrets::KeyRing& keys,
                                            const ids::ObjectId& application_id,
                                            const ids::ObjectId& webhook_id) {
  secrets::SecretString secret = new_secret();
  auto sealed = keys.seal(secret.reveal(), secrets::associated_data(webhook_id, secret_name));
  if (!sealed) return std::move(sealed).error();
  auto rotated = one_webhook(
      connection.query("UPDATE webhooks w SET secret_key_id = $3, secret_nonce = $4, secret_ciphertext = $5, "
                       "revision = revision + 1,"
                       " updated_at = $6 WHERE application_id = $1 AND webhook_id = $2 RETURNING " +
                           webhook_columns,
                       application_id, webhook_id, sealed->key_id, Bytes{nonce_of(*sealed)},
                       Bytes{sealed->ciphertext}, unix_seconds()));
  if (!rotated) return std::move(rotated).error();
  notify(connection, webhook_id);
  return SecretWebhook{std::move(*rotated), std::move(secret)};
}

Status replay_webhook(Connection& connection, const ids::ObjectId& application_id,
                      const ids::ObjectId& webhook_id, std::int64_t position) {
  auto readable = all_changes(connection, application_id, position, 1);
  if (!readable) return std::move(readable).error();
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  if (Status begun = begin_own_reader(connection, webhook_id, position); !begun) return begun;
  auto lowered = connection.query(
      "UPDATE webhooks SET from_position = least(from_position, $3) WHERE application_id = $1 AND webhook_id "
      "= $2"
      " RETURNING status",
      application_id, webhook_id, position);
  if (!lowered) return std::move(lowered).error();
  if (lowered->empty()) return no_webhook();
  if (lowered->text(0, 0) == "failed" || lowered->text(0, 0) == "pause") {
    return Error{ErrorKind::conflict,
                 ErrorScope::account,
                 Retry::never(),
                 "the webhook is " + std::string(lowered->text(0, 0) == "pause" ? "paused" : "failed"),
                 {},
                 "set its status to active first",
                 {}};
  }
  if (Status committed = transaction->commit(); !committed) return committed;
  notify(connection, webhook_id);
  return ok();
}

Result<SecretWebhook> load_webhook(Connection& connection, const secrets::KeyRing& keys,
                                   const ids::ObjectId& webhook_id) {
  auto rows = connection.query(
      "SELECT " + webhook_columns + secret_columns + " FROM webhooks w WHERE webhook_id = $1", webhook_id);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return no_webhook();
  auto secret = open_secret(keys, *rows, 0, webhook_id);
  if (!secret) return std::move(secret).error();
  return SecretWebhook{webhook_of(*rows, 0), std::move(*secret)};
}

Result<std::vector<Webhook>> receiving_webhooks(Connection& connection,
                                                const std::vector<ids::ObjectId>& application_ids) {
  return webhooks_of(connection.query(
      "SELECT " + webhook_columns +
          " FROM webhooks w WHERE application_id = ANY($1) AND status IN ('active', 'failing')"
          " AND NOT EXISTS (SELECT FROM feed_readers WHERE name = 'webhook:' || w.webhook_id) ORDER BY "
          "webhook_id FOR KEY SHARE",
      application_ids));
}

Result<std::optional<Webhook>> receiving_webhook(Connection& connection, const ids::ObjectId& webhook_id) {
  auto found = webhooks_of(connection.query(
      "SELECT " + webhook_columns +
          " FROM webhooks w WHERE webhook_id = $1 AND status IN ('active', 'failing') FOR KEY SHARE",
      webhook_id));
  if (!found) return std::move(found).error();
  if (found->empty()) return std::optional<Webhook>();
  return std::optional(std::move(found->front()));
}

Status set_webhook_health(Connection& connection, const ids::ObjectId& webhook_id,
                          const WebhookHealth& health) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  const std::string status(to_string(health.status));
  const bool failed = health.status == WebhookStatus::failed;
  if (failed) {
    if (Status ended = end_own_reader(connection, webhook_id); !ended) return ended;
  }
  auto set = connection.query(
      "UPDATE webhooks SET status = $2, status_updated_at = CASE WHEN status = $2 THEN status_updated_at "
      "ELSE $4 END,"
      " failing_since = $3 WHERE webhook_id = $1 AND status IN ('active', 'failing')",
      webhook_id, status, health.failing_since, unix_seconds());
  if (!set) return std::move(set).error();
  if (set->affected() > 0 && failed) {
    if (Status given_up = fail_pending(connection, webhook_id); !given_up) return given_up;
  }
  return transaction->commit();
}

}  // namespace hermod::store
