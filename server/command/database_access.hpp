// DatabaseAccess: the database for the duration of one command-line call: the configured one, or the private
// one, joined while a server runs it, else started and stopped again. Owner: the command. Thread rule: the
// main thread.
#pragma once

#include <functional>
#include <memory>

#include "core/store/database.hpp"
#include "server/command/invocation.hpp"
#include "server/postgres/private_cluster.hpp"

namespace hermod::server {

// The room that a pool of this size and the command-line calls beside it need.
ClusterOptions cluster_options(const Config& config, DataDirectory directory);

class DatabaseAccess {
 public:
  static Result<DatabaseAccess> open(const Config& config);

  store::Database& database() { return *database_; }

 private:
  DatabaseAccess() = default;

  std::unique_ptr<PrivateCluster> cluster_;  // stopped after the connections below are closed
  std::unique_ptr<store::Database> database_;
};

// Loads the configuration, opens the database, migrates it and calls `run`; tells what fails.
ExitCode with_connection(const Invocation& invocation,
                         const std::function<ExitCode(store::Connection&)>& run);

}  // namespace hermod::server
