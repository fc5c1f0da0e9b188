#include "server/engine/engine.hpp"

#include <unistd.h>

#include "core/durability/durable_step.hpp"
#include "core/feed/sequencer.hpp"
#include "core/host/egress.hpp"
#include "core/store/application_store.hpp"
#include "core/store/change_log.hpp"
#include "core/store/migration.hpp"
#include "core/sync/background_work.hpp"
#include "core/sync/sync_service.hpp"
#include "server/engine/account_calls.hpp"
#include "server/engine/live_calls.hpp"
#include "server/engine/plugin_sinks.hpp"
#include "server/webhooks/delivery_service.hpp"

namespace hermod::server {

namespace {

constexpr unsigned pool_threads = 4;
constexpr auto webhooks_grace = std::chrono::seconds(1);

host::EgressPolicy egress_policy(const Config& config) {
  host::EgressPolicy policy;
  const bool allowed = config.network.allow_private_hosts == PrivateHosts::allow;
  policy.private_hosts = allowed ? host::PrivateHosts::allowed : host::PrivateHosts::refused;
  policy.plain_http = allowed ? host::PlainHttp::allowed : host::PlainHttp::refused;
  policy.connect_timeout_max = config.network.connect_timeout;
  policy.connects_per_second = static_cast<unsigned>(config.sync.logins_per_second);
  return policy;
}

std::optional<std::string> public_url(const Config& config) {
  if (config.server.public_url.empty()) return std::nullopt;
  return config.server.public_url;
}

sync::SyncOptions sync_options(const Config& config) {
  sync::SyncOptions options;
  options.public_url = public_url(config);
  options.poll_interval = config.sync.poll_interval;
  options.page_items = static_cast<std::size_t>(config.sync.page_messages);
  options.page_bytes = static_cast<std::size_t>(config.sync.page_bytes);
  return options;
}

LiveCalls::Options live_options(const Config& config) {
  return {config.limits.live_call, static_cast<int>(config.limits.live_calls_max)};
}

FeedHub::Options feed_options(const Config& config) {
  return {.clients_max = config.feed.clients_max,
          .key_clients_max = config.feed.clients_max_key,
          .tls_clients_max = config.feed.tls_clients_max,
          .encrypted = !config.server.tls_cert.empty(),
          .stalled = config.feed.stalled};
}

DeliveryService::Options delivery_options(const Config& config) {
  DeliveryService::Options options;
  options.delivery = {.timeout = config.webhooks.timeout,
                      .requests_max = static_cast<int>(config.webhooks.requests_max),
                      .requests_per_second = config.webhooks.requests_per_second,
                      .failing_after = config.webhooks.failing_after,
                      .failed_after = config.webhooks.failed_after};
  options.fan_out.pending_max = static_cast<int>(config.webhooks.pending_max);
  options.kept = std::chrono::days(config.webhooks.kept_days);
  return options;
}

sync::ServiceOptions service_options(const Config& config) {
  return {static_cast<int>(config.sync.lease.count()), static_cast<int>(config.sync.accounts_max),
          static_cast<int>(config.sync.logins_per_second)};
}

Status prepare_database(store::Database& database) {
  auto connection = database.connect();
  if (!connection) return std::move(connection).error();
  auto migrated = store::migrate(*connection);
  if (!migrated) return std::move(migrated).error();
  if (migrated->from != migrated->to) {
    log::info("database.migrated", {{"from", migrated->from}, {"to", migrated->to}});
  }
  // A log in use, by a dump or by another process that starts, is tended later by the background work.
  if (Status log = store::prepare_change_log(*connection); !log && log.error().kind != ErrorKind::conflict) return log;
  durability::passed(durability::DurableStep::change_log_prepared);
  auto application = store::default_application(*connection);
  if (!application) return std::move(application).error();
  durability::passed(durability::DurableStep::application_made);
  return ok();
}

}  // namespace

// In the order in which one needs another; destroyed from the last to the first.
struct Engine::Parts {
  Parts(const Config& config, const std::string& conninfo, Metrics& metric_registry, secrets::KeyRing ring,
        host::PluginRegistry loaded)
      : database({conninfo, static_cast<int>(config.database.pool_size)}),
        blobs({config.blobs.path}),
        keys(std::move(ring)),
        plugins(std::move(loaded)),
        registry(metric_registry),
        metrics(metric_registry),
        runtime({.network_threads = 1, .pool_threads = pool_threads}),
        egress(runtime, egress_policy(config)),
        calls({runtime, egress, plugins, log, metrics, public_url(config)}),
        live(database, live_options(config)),
        hub(database, metric_registry, feed_options(config)),
        challenger(runtime, egress),
        webhook_metrics(metric_registry),
        deliveries_wanted(delivery_options(config)),
        ip_addresses(config.webhooks.ip_addresses),
        options(sync_options(config)),
        service(service_options(config)),
        log_retention(std::chrono::days(config.feed.retention_days)) {}

  store::Database database;
  blob::BlobStore blobs;
  const secrets::KeyRing keys;
  const host::PluginRegistry plugins;
  EngineLog log;
  Metrics& registry;
  EngineMetrics metrics;
  host::Runtime runtime;
  host::Egress egress;
  AccountCalls calls;
  LiveCalls live;
  FeedHub hub;
  HttpChallenger challenger;
  Metrics& webhook_metrics;
  const DeliveryService::Options deliveries_wanted;
  const std::vector<std::string> ip_addresses;
  const sync::SyncOptions options;
  const sync::ServiceOptions service;
  const std::chrono::seconds log_retention;
  std::shared_ptr<feed::Sequencer> sequencer;
  std::unique_ptr<DeliveryService> webhooks;
  std::unique_ptr<sync::SyncService> sync;
  std::unique_ptr<sync::BackgroundWork> background;
};

Engine::Engine(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Engine::~Engine() { stop(); }

Result<std::unique_ptr<Engine>> Engine::open(const Config& config, const std::string& conninfo, Metrics& metrics) {
  auto keys = secrets::KeyRing::open_or_create(config.server.data_dir / "keys" / "hermod.keys");
  if (!keys) return std::move(keys).error();
  auto options = plugin_options(config);
  if (!options) return std::move(options).error();
  host::PluginRegistry plugins = host::PluginRegistry::load(*options);
  for (const host::PluginRefusal& refusal : plugins.refusals()) log::error("plugin.refused", {{"reason", refusal.line}});
  for (const host::LoadedPlugin& plugin : plugins.plugins()) {
    log::info("plugin.loaded", {{"plugin", plugin.name}, {"version", plugin.version}, {"path", plugin.path.string()}});
  }
  auto parts = std::make_unique<Parts>(config, conninfo, metrics, std::move(*keys), std::move(plugins));
  if (Status ready = prepare_database(parts->database); !ready) return std::move(ready).error();
  if (Status root = parts->blobs.create_root(); !root) return std::move(root).error();
  return std::unique_ptr<Engine>(new Engine(std::move(parts)));
}

store::Database& Engine::database() { return parts_->database; }
blob::BlobStore& Engine::blobs() { return parts_->blobs; }
const secrets::KeyRing& Engine::keys() { return parts_->keys; }
const host::PluginRegistry& Engine::plugins() { return parts_->plugins; }

ApiServices Engine::api_services() {
  std::vector<OfferedProvider> providers;
  for (const host::LoadedPlugin& plugin : parts_->plugins.plugins()) {
    providers.push_back(
        {plugin.description.provider, plugin.description.settings, plugin.description.facets});
  }
  return {.database = parts_->database,
          .blobs = parts_->blobs,
          .keys = parts_->keys,
          .verifier = parts_->calls,
          .detector = parts_->calls,
          .live = parts_->live,
          .providers = std::move(providers)};
}

FeedServices Engine::feed_services() { return {parts_->database, parts_->hub}; }

WebhookServices Engine::webhook_services() {
  return {.database = parts_->database,
          .keys = parts_->keys,
          .challenger = parts_->challenger,
          .plain_http = parts_->egress.policy().plain_http,
          .ip_addresses = parts_->ip_addresses};
}

void Engine::start_feed() {
  Parts& parts = *parts_;
  parts.sequencer = std::make_shared<feed::Sequencer>(parts.database, parts.log);
  parts.database.on_changes([&parts] { parts.sequencer->wake(); });
  parts.registry.gauge_from("hermod_feed_unplaced_seconds",
                            "For how long a committed change has had no place in the order over all accounts; 0: none.",
                            [sequencer = std::weak_ptr(parts.sequencer)] {
                              const auto running = sequencer.lock();
                              return running ? running->waiting().count() : 0;
                            });
}

void Engine::start_sync() {
  Parts& parts = *parts_;
  parts.sync = std::make_unique<sync::SyncService>(
      sync::SyncServices{parts.runtime, parts.egress, parts.plugins, parts.database, parts.blobs, parts.keys, parts.log,
                         parts.metrics, parts.options},
      parts.service);
  parts.sync->start();
  parts.background = std::make_unique<sync::BackgroundWork>(parts.database, parts.blobs, parts.log, parts.log_retention);
}

void Engine::start_webhooks() {
  Parts& parts = *parts_;
  parts.webhooks = std::make_unique<DeliveryService>(parts.database, parts.keys, parts.log, parts.webhook_metrics,
                                                     parts.egress.policy(), parts.deliveries_wanted);
}

void Engine::end_live_calls() { parts_->live.stop(); }
void Engine::end_feed() { parts_->hub.stop(); }
void Engine::end_webhooks() {
  if (parts_->webhooks) parts_->webhooks->stop(webhooks_grace);
}

void Engine::begin_stop() {
  if (parts_->sync) parts_->sync->begin_stop();
}

void Engine::stop() {
  parts_->webhooks.reset();
  parts_->background.reset();
  if (parts_->sync) parts_->sync->stop();
  parts_->sync.reset();
  parts_->database.on_changes({});
  parts_->sequencer.reset();
}

Status Engine::database_ready() {
  if (Status answers = parts_->database.ping(); !answers) return answers;
  auto connection = parts_->database.connect();
  if (!connection) return std::move(connection).error();
  auto answered = connection->query("SELECT 1");
  if (!answered) return std::move(answered).error();
  return ok();
}

Status Engine::blobs_ready() { return parts_->blobs.check_writable(); }

Status Engine::sync_ready() {
  if (!parts_->sync || parts_->sync->healthy()) return ok();
  return Error{ErrorKind::unavailable, ErrorScope::provider, Retry::after(), "leases cannot be renewed", {},
               "see `hermod doctor`", {}};
}

}  // namespace hermod::server
