#include "server/webhooks/webhook_input.hpp"

#include <algorithm>

#include "server/api/json_input.hpp"
#include "server/failure.hpp"
#include "server/webhooks/trigger.hpp"

namespace hermod::server {
namespace {

Error invalid(std::string message, std::string hint = {}) {
  return failure(ErrorKind::invalid_argument, std::move(message), std::move(hint));
}

// The list, or nothing when the body does not have it.
Result<std::optional<std::vector<std::string>>> list_of(const Poco::JSON::Object& body,
                                                        const std::string& name, std::size_t values_max) {
  if (body.get(name).isEmpty()) return std::optional<std::vector<std::string>>();
  auto list = text_list(body, name, values_max);
  if (!list) return std::move(list).error();
  return std::optional(std::move(*list));
}

Status check_triggers(const std::vector<std::string>& triggers) {
  if (triggers.empty()) return invalid("`trigger_types` is empty", "name at least one trigger");
  for (const std::string& name : triggers) {
    if (!is_trigger(name)) return invalid("`trigger_types` has an unknown value: " + name);
  }
  return ok();
}

Result<std::vector<ids::ObjectId>> parse_grants(const std::vector<std::string>& names) {
  std::vector<ids::ObjectId> grants;
  for (const std::string& name : names) {
    const auto id = ids::parse_public(name);
    if (!id) return invalid("`grant_ids` has a value that is no id of a grant: " + name);
    grants.push_back(*id);
  }
  return grants;
}

void write_list(JsonWriter& writer, std::string_view name, const std::vector<std::string>& values) {
  writer.key(name).begin_array();
  for (const std::string& each : values) writer.value(each);
  writer.end_array();
}

Status read_lists(const Poco::JSON::Object& body, store::WebhookSettings& settings) {
  auto triggers = list_of(body, "trigger_types", trigger_types_max);
  auto addresses = list_of(body, "notification_email_addresses", notification_addresses_max);
  auto grants = list_of(body, "grant_ids", grant_filter_max);
  auto folders = list_of(body, "in", folder_filter_max);
  for (const Error* error : {error_of(triggers), error_of(addresses), error_of(grants), error_of(folders)}) {
    if (error != nullptr) return *error;
  }
  if (*triggers) settings.trigger_types = std::move(**triggers);
  if (*addresses) settings.notification_addresses = std::move(**addresses);
  if (*folders) settings.folders = std::move(**folders);
  if (*grants) {
    auto parsed = parse_grants(**grants);
    if (!parsed) return std::move(parsed).error();
    settings.grants = std::move(*parsed);
  }
  return ok();
}

}  // namespace

Result<store::WebhookSettings> read_webhook(const Poco::JSON::Object& body, store::WebhookSettings before) {
  store::WebhookSettings settings = std::move(before);
  auto url = text_member(body, "webhook_url");
  auto description = text_member(body, "description");
  auto compressed = boolean_member(body, "compressed_delivery");
  auto history = boolean_member(body, "include_history");
  for (const Error* error : {error_of(url), error_of(description), error_of(compressed), error_of(history)}) {
    if (error != nullptr) return *error;
  }
  if (*url) settings.url = std::move(**url);
  if (*description) settings.description = std::move(**description);
  if (*compressed) settings.compressed = **compressed;
  if (*history) settings.history = **history;
  if (Status read = read_lists(body, settings); !read) return std::move(read).error();
  if (settings.url.empty()) return invalid("`webhook_url` is missing");
  if (settings.description.size() > description_bytes_max) return invalid("`description` is too long");
  if (Status checked = check_triggers(settings.trigger_types); !checked) return std::move(checked).error();
  return settings;
}

Result<std::optional<store::WebhookStatus>> read_webhook_status(const Poco::JSON::Object& body) {
  auto text = text_member(body, "status");
  if (!text) return std::move(text).error();
  if (!*text) return std::optional<store::WebhookStatus>();
  const auto status = store::parse_webhook_status(**text);
  if (status != store::WebhookStatus::active && status != store::WebhookStatus::pause)
    return invalid("`status` is neither active nor pause");
  return status;
}

void write_webhook(JsonWriter& writer, const store::Webhook& webhook,
                   std::optional<std::string_view> secret) {
  const store::WebhookSettings& settings = webhook.settings;
  writer.begin_object().member("id", ids::to_public(webhook.webhook_id)).member("object", "webhook");
  writer.member("description", settings.description);
  write_list(writer, "trigger_types", settings.trigger_types);
  writer.member("webhook_url", settings.url).member("status", store::to_string(webhook.status));
  write_list(writer, "notification_email_addresses", settings.notification_addresses);
  writer.member("compressed_delivery", settings.compressed).member("include_history", settings.history);
  std::vector<std::string> grants;
  for (const ids::ObjectId& each : settings.grants) grants.push_back(ids::to_public(each));
  write_list(writer, "grant_ids", grants);
  write_list(writer, "in", settings.folders);
  writer.member("webhook_secret", secret).member("status_updated_at", webhook.status_updated_at);
  writer.member("created_at", webhook.created_at).member("updated_at", webhook.updated_at).end_object();
}

void write_delivery(JsonWriter& writer, const ids::ObjectId& webhook_id, const store::Delivery& delivery) {
  const store::PendingDelivery& of = delivery.of;
  writer.begin_object().member("id", ids::to_public(of.delivery_id)).member("object", "webhook_delivery");
  writer.member("webhook_id", ids::to_public(webhook_id)).member("event_id", ids::to_public(of.event_id));
  writer.member("type", of.trigger_type);
  if (of.account_id != ids::ObjectId{}) {
    writer.member("grant_id", ids::to_public(of.account_id))
        .member("object_id", ids::to_public(of.object_id));
  }
  writer.member("at", of.at)
      .member("status", store::to_string(delivery.status))
      .member("attempts", of.attempts);
  writer.member("attempted_at", delivery.attempted_at).member("response_code", delivery.response_code);
  writer.member("duration_ms", delivery.duration_ms).member("error", delivery.error).end_object();
}

}  // namespace hermod::server
