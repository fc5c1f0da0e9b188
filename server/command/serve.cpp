// hermod serve: the server, in the order in which one part needs another:
//
//   config → log → data folder → lock → private database → engine (keys, plugins, schema, blobs) → routes →
//   listener
//                                                                                            └→ sync (role)
// and stopped the other way round: not ready → listener and sync → database → lock.
#include <malloc.h>
#include <sys/resource.h>

#include <cstdlib>

#include "core/durability/durable_step.hpp"
#include "server/auth/api_key_authenticator.hpp"
#include "server/command/commands.hpp"
#include "server/command/database_access.hpp"
#include "server/command/stop_signal.hpp"
#include "server/engine/engine.hpp"
#include "server/http/http_server.hpp"
#include "server/http/probes.hpp"
#include "server/log/log.hpp"

namespace hermod::server {
namespace {

using namespace std::chrono_literals;

constexpr auto supervision_interval = 1s;
constexpr auto revive_interval = 5s;
// Beyond shutdown_seconds, for what was asked to stop and has still to notice. What has not ended then is left as a
// crash would leave it, which loses nothing.
constexpr auto abandon_after = 5s;
// For the private database's last checkpoint.
constexpr auto database_stop_max = 40s;

bool has_role(const Config& config, std::string_view role) {
  return std::ranges::find(config.server.roles, role) != config.server.roles.end();
}

// The parts of a running server that the listener's handlers refer to; destroyed after the listener.
struct Served {
  Served(Engine& engine, Metrics& metrics, const Config& config)
      : authenticator(engine.database()),
        dispatcher(
            router,
            {.authenticate = [this](const Request& request) { return authenticator.authenticate(request); },
             .requests_per_second_key = config.limits.requests_per_second_key,
             .requests_per_second_grant = config.limits.requests_per_second_grant},
            metrics) {
    readiness.add("database", [&engine] { return engine.database_ready(); });
    readiness.add("blobs", [&engine] { return engine.blobs_ready(); });
    if (has_role(config, "sync")) readiness.add("sync", [&engine] { return engine.sync_ready(); });
    add_probes(router, readiness, metrics, is_loopback(config.server.listen) ? Access::open : Access::key);
    if (!has_role(config, "api")) return;
    ApiServices services = engine.api_services();
    services.options.json_body_bytes = static_cast<std::uint64_t>(config.limits.json_body_bytes);
    services.options.multipart_body_bytes = static_cast<std::uint64_t>(config.limits.multipart_body_bytes);
    services.options.public_url = config.server.public_url;
    services.options.tls = !config.server.tls_cert.empty();
    add_routes(router, std::move(services));
    add_feed_routes(router, engine.feed_services());
    add_webhook_routes(router, engine.webhook_services());
  }

  Router router;
  Readiness readiness;
  ApiKeyAuthenticator authenticator;
  Dispatcher dispatcher;
};

// Answers and pages of mail are made and freed all the time: their memory goes back to the system only from this
// size on, since each return costs page faults at the next use. An arena keeps at most so much for nothing.
void configure_memory() {
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 2 << 20);
}

// A waiting client of the feed is a descriptor; the soft limit is often 1,024 for the sake of select().
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

// Waits for the stop; meanwhile a private database that ended is started again.
void supervise(StopSignal& stop, PrivateCluster* cluster) {
  auto pause = std::chrono::milliseconds(supervision_interval);
  while (!stop.wait(pause)) {
    pause = supervision_interval;
    if (cluster == nullptr) continue;
    if (auto revived = cluster->revive(); !revived) {
      log::error("database.not_revived", revived.error());
      pause = revive_interval;
    }
  }
}

ExitCode run(const Config& config, const std::string& conninfo, PrivateCluster* cluster, StopSignal& stop) {
  Metrics metrics;
  add_process_metrics(metrics);
  auto engine = Engine::open(config, conninfo, metrics);
  if (!engine) return fail(engine.error());
  (*engine)->start_feed();
  Served served(**engine, metrics, config);
  auto listener = HttpServer::start({.listen = config.server.listen,
                                     .tls_cert = config.server.tls_cert,
                                     .tls_key = config.server.tls_key,
                                     .threads = config.server.threads},
                                    served.dispatcher);
  if (!listener) return fail(listener.error());
  if (has_role(config, "sync")) (*engine)->start_sync();
  if (has_role(config, "webhooks")) (*engine)->start_webhooks();
  log::info("server.ready", {{"version", HERMOD_VERSION},
                             {"host", config.server.listen.host},
                             {"port", (*listener)->port()},
                             {"tls", !config.server.tls_cert.empty()}});
  supervise(stop, cluster);

  log::info("server.stopping");
  served.readiness.stopping();
  (*engine)->begin_stop();
  (*engine)->end_live_calls();
  (*engine)->end_feed();
  (*engine)->end_webhooks();
  (*listener)->stop(config.server.shutdown);
  (*engine)->stop();
  return ExitCode::done;
}

ExitCode serve(const Config& config) {
  StopSignal::block();
  configure_memory();
  raise_descriptor_limit();
  if (const char* instruction = std::getenv(durability::durable_steps_variable)) {
    if (Status watched = durability::watch_durable_steps(instruction); !watched) return fail(watched.error());
  }
  if (auto configured = configure_log(config.log); !configured) return fail(configured.error());
  for (const std::string& warning : config.warnings) log::warn("config.warning", {{"text", warning}});
  StopSignal stop(config.server.shutdown + abandon_after);

  auto directory = prepare_data_directory(config.server.data_dir);
  if (!directory) return fail(directory.error());
  auto lock = DirectoryLock::take_for_serve(*directory);
  if (!lock) {
    tell(lock.error());
    return lock.error().kind == ErrorKind::conflict ? ExitCode::in_use : exit_code(lock.error());
  }
  if (!config.database.url.empty()) return run(config, config.database.url, nullptr, stop);
  auto cluster = PrivateCluster::start(cluster_options(config, *directory), *std::move(lock));
  if (!cluster) return fail(cluster.error());
  const ExitCode code = run(config, cluster->conninfo(), &*cluster, stop);
  stop.give(database_stop_max);
  return code;
}

}  // namespace

void add_serve(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand("serve", "Run the server");
  auto roles = std::make_shared<std::string>();
  command->add_option("--roles", *roles, "What this process does, of api,sync,webhooks; left out: all of it");
  command->callback([&invocation, roles] {
    if (!roles->empty()) invocation.environment["HERMOD_SERVER_ROLES"] = *roles;
    invocation.action = [](Invocation& call) { return call.with_config(serve); };
  });
}

}  // namespace hermod::server
