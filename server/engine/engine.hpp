// Engine: the core of one process: database, blobs, keys, plugins, and the sync role when it is asked for.
//
// open() migrates the schema, makes the key file and the blob folder at the first start, and loads the plugins; a
// refused plugin is a line in the log, not a failure. start_sync() begins with the accounts, stop() hands them back.
// Owner: the program, one. The members that give services are thread-safe.
#pragma once

#include <memory>

#include "core/blob/blob_store.hpp"
#include "core/host/plugin_registry.hpp"
#include "core/secrets/key_ring.hpp"
#include "core/store/database.hpp"
#include "server/api/api.hpp"
#include "server/config/config.hpp"
#include "server/feed/feed_routes.hpp"
#include "server/webhooks/webhook_routes.hpp"
#include "server/metrics/metrics.hpp"

namespace hermod::server {

class Engine {
 public:
  // `conninfo`: of the configured or the private database.
  static Result<std::unique_ptr<Engine>> open(const Config& config, const std::string& conninfo, Metrics& metrics);
  ~Engine();  // stops
  Engine(const Engine&) = delete;

  store::Database& database();
  blob::BlobStore& blobs();
  const secrets::KeyRing& keys();
  const host::PluginRegistry& plugins();
  // For the routes of the API; borrows from the engine.
  ApiServices api_services();
  FeedServices feed_services();
  WebhookServices webhook_services();

  // The order of changes over all accounts: before anything else is started.
  void start_feed();
  void start_sync();
  // Accounts begin to end; stop() waits for them.
  void begin_stop();
  void start_webhooks();
  // Calls of the API that wait for their accounts end at once.
  void end_live_calls();
  // Streams of the feed end, and long polls are answered.
  void end_feed();
  // Deliveries under way come to their end, for a second.
  void end_webhooks();
  // Within the time that a server's good-bye may take; idempotent.
  void stop();

  // For /readyz: each dependency's state.
  Status database_ready();
  Status blobs_ready();
  Status sync_ready();

 private:
  struct Parts;
  explicit Engine(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// What of the config the plugin registry needs. The default folder of plugins is beside the program.
Result<host::PluginOptions> plugin_options(const Config& config);

}  // namespace hermod::server
