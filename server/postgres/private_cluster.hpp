// PrivateCluster: the PostgreSQL that hermod runs for itself when no database is configured.
//
// It lives in data_dir/postgres, listens on a unix socket alone, and runs as a child of ours that dies with
// us. One process at a time owns it: the one that holds the data folder's lock. Command-line calls join a
// cluster that `hermod serve` runs, or start it for their own duration. Thread rule: the main thread (see
// child_process.hpp). Limits: the time limits below. Specification: PostgreSQL 15 documentation,
// chapters 19.3 (starting), 19.5 (shutting down), 20 (configuration).
#pragma once

#include <chrono>
#include <hermod/result.hpp>
#include <optional>
#include <string>
#include <utility>

#include "server/directory_lock.hpp"
#include "server/postgres/child_process.hpp"
#include "server/postgres/cluster_files.hpp"

namespace hermod::server {

struct ClusterOptions {
  DataDirectory directory;
  std::filesystem::path bin_dir;      // empty: searched for
  std::int64_t connections_max = 40;  // PostgreSQL's max_connections
};

class PrivateCluster {
 public:
  static constexpr std::chrono::seconds initdb_max{120};
  static constexpr std::chrono::seconds ready_max{300};  // crash recovery replays up to max_wal_size
  static constexpr std::chrono::seconds fast_shutdown_max{30};

  // Makes the cluster where there is none, clears what a killed hermod left, starts it and waits until it
  // answers.
  static Result<PrivateCluster> start(const ClusterOptions& options, DirectoryLock lock);

  // For command-line calls: joins the cluster of a running `hermod serve`, or starts it.
  static Result<PrivateCluster> start_or_join(const ClusterOptions& options);

  // What was moved from runs nothing and holds nothing.
  PrivateCluster(PrivateCluster&& other) noexcept
      : options_(std::move(other.options_)),
        layout_(std::move(other.layout_)),
        lock_(std::exchange(other.lock_, std::nullopt)),
        child_(std::exchange(other.child_, std::nullopt)) {}
  PrivateCluster& operator=(PrivateCluster&&) = delete;
  ~PrivateCluster();  // stops it where it is ours

  // For libpq: database `hermod`, which exists.
  std::string conninfo() const { return cluster_conninfo(layout_, "hermod"); }

  // True where this process runs it, false where it joined.
  bool owned() const { return child_.has_value(); }

  // Starts it again if its process has ended (the system ran out of memory, an operator killed it). Quick
  // when it runs.
  Status revive();

  // Fast shutdown: open transactions are rolled back. Afterwards nothing of it runs.
  void stop();

 private:
  PrivateCluster(ClusterOptions options, ClusterLayout layout, std::optional<DirectoryLock> lock)
      : options_(std::move(options)), layout_(std::move(layout)), lock_(std::move(lock)) {}

  Status launch();
  Status wait_until_ready();
  Error did_not_start(std::string message) const;

  ClusterOptions options_;
  ClusterLayout layout_;
  std::optional<DirectoryLock> lock_;  // last to go: see stop()
  std::optional<ChildProcess> child_;
};

}  // namespace hermod::server
