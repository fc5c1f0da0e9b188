#include "server/command/database_access.hpp"

#include "core/store/migration.hpp"

namespace hermod::server {
namespace {

constexpr int command_connections = 2;
constexpr std::int64_t spare_connections = 20;  // LISTEN, command-line calls, an operator's psql

}  // namespace

ClusterOptions cluster_options(const Config& config, DataDirectory directory) {
  return {.directory = std::move(directory),
          .bin_dir = config.database.bin_dir,
          .connections_max = config.database.pool_size + spare_connections};
}

Result<DatabaseAccess> DatabaseAccess::open(const Config& config) {
  DatabaseAccess access;
  std::string conninfo = config.database.url;
  if (conninfo.empty()) {
    auto directory = prepare_data_directory(config.server.data_dir);
    if (!directory) return std::move(directory).error();
    auto cluster = PrivateCluster::start_or_join(cluster_options(config, *std::move(directory)));
    if (!cluster) return std::move(cluster).error();
    access.cluster_ = std::make_unique<PrivateCluster>(*std::move(cluster));
    conninfo = access.cluster_->conninfo();
  }
  access.database_ =
      std::make_unique<store::Database>(store::Database::Options{conninfo, command_connections});
  return access;
}

ExitCode with_connection(const Invocation& invocation,
                         const std::function<ExitCode(store::Connection&)>& run) {
  return invocation.with_config([&](const Config& config) {
    auto access = DatabaseAccess::open(config);
    if (!access) {
      const bool in_use = access.error().kind == ErrorKind::conflict;
      tell(access.error());
      return in_use ? ExitCode::in_use : exit_code(access.error());
    }
    auto connection = access->database().connect();
    if (!connection) return fail(connection.error());
    if (auto migrated = store::migrate(*connection); !migrated) return fail(migrated.error());
    return run(*connection);
  });
}

}  // namespace hermod::server
