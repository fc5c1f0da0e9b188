// Webhooks: where applications want to be told of changes, and the secrets that sign what they are told.
//
//   active ──► failing ──► failed     by how deliveries go
//      ▲──────────┘                   a delivery succeeded
//   pause, active                     by the application, from any of them; a challenge comes before `active`
//
// Threads: whoever has the connection. The secret is sealed in the table and leaves it for who signs.
#pragma once

#include "core/secrets/key_ring.hpp"
#include "core/store/database.hpp"

namespace hermod::store {

inline constexpr int webhooks_max = 500;  // of one application

// NOTIFY channel; the payload is a webhook's uuid: its settings changed, or there is something to deliver.
inline constexpr const char* webhooks_channel = "hermod_webhooks";

enum class WebhookStatus : std::uint8_t { active, failing, failed, pause };
std::string_view to_string(WebhookStatus status);
std::optional<WebhookStatus> parse_webhook_status(std::string_view text);

// What an application chooses.
struct WebhookSettings {
  std::string description, url;
  std::vector<std::string> trigger_types, notification_addresses;
  bool compressed = false;
  bool history = false;
  std::vector<ids::ObjectId> grants;  // empty: all
  std::vector<std::string> folders;   // ids, roles or paths; empty: all
};
struct Webhook {
  ids::ObjectId webhook_id, application_id;
  WebhookSettings settings;
  WebhookStatus status = WebhookStatus::active;
  std::int64_t status_updated_at = 0, created_at = 0, updated_at = 0;
  std::optional<std::int64_t> failing_since;
  std::int64_t revision = 0;
  std::int64_t from_position = 0;
};
struct SecretWebhook {
  Webhook webhook;
  secrets::SecretString secret;
};

// Changes from now on are for it. Error{limit}: the application has webhooks_max of them.
Result<SecretWebhook> create_webhook(Connection& connection, const secrets::KeyRing& keys,
                                     const ids::ObjectId& application_id, const WebhookSettings& settings);
Result<std::vector<Webhook>> list_webhooks(Connection& connection, const ids::ObjectId& application_id);
// Error{not_found}, also for another application's.
Result<Webhook> find_webhook(Connection& connection, const ids::ObjectId& application_id,
                             const ids::ObjectId& webhook_id);
// `status`: active or pause; nothing: as it is. Changes while it was paused or failed are not for it.
Result<Webhook> update_webhook(Connection& connection, const ids::ObjectId& application_id,
                               const ids::ObjectId& webhook_id, const WebhookSettings& settings,
                               std::optional<WebhookStatus> status);
// With everything that waits for it.
Status delete_webhook(Connection& connection, const ids::ObjectId& application_id,
                      const ids::ObjectId& webhook_id);
// A new secret; the old one signs nothing any more.
Result<SecretWebhook> rotate_webhook_secret(Connection& connection, const secrets::KeyRing& keys,
                                            const ids::ObjectId& application_id,
                                            const ids::ObjectId& webhook_id);
// From the entry after that position on, everything is told again. Error{cursor_invalid} when the log does
// not reach back so far, Error{conflict} when the webhook is paused or failed.
Status replay_webhook(Connection& connection, const ids::ObjectId& application_id,
                      const ids::ObjectId& webhook_id, std::int64_t position);

// For who delivers.
Result<SecretWebhook> load_webhook(Connection& connection, const secrets::KeyRing& keys,
                                   const ids::ObjectId& webhook_id);
// Of these applications, those that changes go to and that read the log together (see delivery_store.hpp).
// Until the commit none of them can be deleted.
Result<std::vector<Webhook>> receiving_webhooks(Connection& connection,
                                                const std::vector<ids::ObjectId>& application_ids);
// As above; nothing when it is paused, failed or gone.
Result<std::optional<Webhook>> receiving_webhook(Connection& connection, const ids::ObjectId& webhook_id);
// How deliveries go: a change of status, or since when they fail.
struct WebhookHealth {
  WebhookStatus status = WebhookStatus::active;
  std::optional<std::int64_t> failing_since;
};
// No effect when the application paused it meanwhile. With `failed`, what waits for it fails.
Status set_webhook_health(Connection& connection, const ids::ObjectId& webhook_id,
                          const WebhookHealth& health);

}  // namespace hermod::store
