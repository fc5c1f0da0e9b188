#include "server/postgres/private_cluster.hpp"

#include <libpq-fe.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <thread>

#include "core/durability/durable_step.hpp"
#include "server/failure.hpp"
#include "server/log/log.hpp"
#include "server/postgres/binaries.hpp"
#include "server/postgres/orphan.hpp"
#include "server/postgres/os_user.hpp"

namespace hermod::server {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto poll_interval = 20ms;
constexpr auto join_max = 60s;
constexpr auto immediate_shutdown_max = 10s;
constexpr std::streamoff output_tail_bytes = 2000;
constexpr std::uintmax_t output_bytes_max = 8 << 20;  // then it becomes postgres.log.1

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Rows = std::unique_ptr<PGresult, decltype(&PQclear)>;

// The end of what PostgreSQL wrote about itself, for the log.
std::string tail(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file ? static_cast<std::streamoff>(file.tellg()) : 0;
  file.seekg(std::max<std::streamoff>(size - output_tail_bytes, 0));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void keep_output_small(const ClusterLayout& layout) {
  std::error_code ignored;
  if (std::filesystem::file_size(layout.output, ignored) > output_bytes_max && !ignored) {
    std::filesystem::rename(layout.output, layout.output.string() + ".1", ignored);
  }
}

// Makes the cluster beside its place and then moves it there, so that a half-made one is never taken for
// whole.
Status make_cluster(const ClusterLayout& layout, const PostgresBinaries& binaries,
                    const std::optional<OsUser>& user) {
  const auto incoming = layout.base / "data.incoming";
  std::error_code failed;
  std::filesystem::remove_all(incoming, failed);
  if (auto made = make_cluster_directory(incoming, user); !made) return made;
  ClusterLayout unfinished = layout;
  unfinished.data = incoming;
  const ServerPaths paths = server_paths(unfinished, user);
  log::info("database.initdb", {{"major", binaries.major}});
  auto child = ChildProcess::start(
      {.arguments = {binaries.initdb(), "--pgdata", paths.data, "--username", "hermod", "--auth", "trust",
                     "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-instructions"},
       .directory = layout.base,
       .output = layout.output,
       .user = user,
       .death_signal = SIGKILL,
       .handed = paths.handed});
  if (!child) return std::move(child).error();
  const auto status = child->wait(PrivateCluster::initdb_max);
  if (!status) {
    child->send(SIGKILL);
    child->wait(immediate_shutdown_max);
  }
  if (status && WIFEXITED(*status) && WEXITSTATUS(*status) == 0) {
    durability::passed(durability::DurableStep::cluster_made);
    std::filesystem::rename(incoming, layout.data, failed);
    if (!failed) {
      durability::passed(durability::DurableStep::cluster_placed);
      return ok();
    }
  }
  return failure(ErrorKind::unavailable, "could not make the private database",
                 "the reason stands at the end of " + layout.output.string(), tail(layout.output));
}

Error query_failed(PGconn* connection) {
  return failure(ErrorKind::unavailable, "could not prepare the private database", {},
                 PQerrorMessage(connection));
}

Status make_database(const ClusterLayout& layout) {
  const Connection connection(PQconnectdb(cluster_conninfo(layout, "postgres").c_str()), &PQfinish);
  const Rows found(PQexec(connection.get(), "SELECT FROM pg_database WHERE datname = 'hermod'"), &PQclear);
  if (PQresultStatus(found.get()) != PGRES_TUPLES_OK) return query_failed(connection.get());
  if (PQntuples(found.get()) > 0) return ok();
  const Rows made(PQexec(connection.get(), "CREATE DATABASE hermod"), &PQclear);
  if (PQresultStatus(made.get()) != PGRES_COMMAND_OK) return query_failed(connection.get());
  durability::passed(durability::DurableStep::database_made);
  return ok();
}

bool answers(const ClusterLayout& layout, std::string_view database) {
  const Connection connection(PQconnectdb(cluster_conninfo(layout, database).c_str()), &PQfinish);
  return PQstatus(connection.get()) == CONNECTION_OK;
}

}  // namespace

Result<PrivateCluster> PrivateCluster::start(const ClusterOptions& options, DirectoryLock lock) {
  PrivateCluster cluster(options, cluster_layout(options.directory), std::move(lock));
  if (auto launched = cluster.launch(); !launched) return std::move(launched).error();
  if (auto made = make_database(cluster.layout_); !made) return std::move(made).error();
  return cluster;
}

Result<PrivateCluster> PrivateCluster::start_or_join(const ClusterOptions& options) {
  const auto deadline = Clock::now() + join_max;
  const auto layout = cluster_layout(options.directory);
  for (;;) {
    auto lock = DirectoryLock::take(options.directory, LockHolder::command);
    if (lock) return start(options, *std::move(lock));
    if (lock.error().kind != ErrorKind::conflict) return std::move(lock).error();
    // A server is joined as soon as its database is there; another command is waited for, since it ends soon.
    if (DirectoryLock::holder(options.directory) == LockHolder::serve && answers(layout, "hermod")) {
      return PrivateCluster(options, layout, std::nullopt);
    }
    if (Clock::now() >= deadline) return std::move(lock).error();
    std::this_thread::sleep_for(poll_interval);
  }
}

Status PrivateCluster::launch() {
  auto user = cluster_user();
  if (!user) return std::move(user).error();
  for (const auto& folder : {layout_.base, layout_.socket}) {
    if (auto made = make_cluster_directory(folder, *user); !made) return made;
  }
  keep_output_small(layout_);
  if (auto cleared = clear_orphans(layout_); !cleared) return cleared;

  const auto major = cluster_major(layout_.data);
  auto binaries = find_postgres(options_.bin_dir, major);
  if (!binaries) return std::move(binaries).error();
  if (!major) {
    if (auto made = make_cluster(layout_, *binaries, *user); !made) return made;
  }
  const ServerPaths paths = server_paths(layout_, *user);
  if (auto written = write_cluster_config(layout_, paths.socket, options_.connections_max, *user); !written) {
    return written;
  }
  auto child = ChildProcess::start({.arguments = {binaries->postgres(), "-D", paths.data},
                                    .directory = layout_.base,
                                    .output = layout_.output,
                                    .user = *user,
                                    .death_signal = SIGINT,
                                    .handed = paths.handed});
  if (!child) return std::move(child).error();
  child_.emplace(*std::move(child));
  log::info("database.started", {{"pid", child_->pid()}});
  return wait_until_ready();
}

Status PrivateCluster::wait_until_ready() {
  const std::string conninfo = cluster_conninfo(layout_, "postgres");
  const auto deadline = Clock::now() + ready_max;
  while (PQping(conninfo.c_str()) != PQPING_OK) {
    if (child_->wait(poll_interval)) {
      child_.reset();
      return did_not_start("the private database ended while it started");
    }
    if (Clock::now() >= deadline) {
      stop();
      return did_not_start("the private database did not become ready");
    }
  }
  return ok();
}

Error PrivateCluster::did_not_start(std::string message) const {
  return failure(ErrorKind::unavailable, std::move(message),
                 "the reason stands at the end of " + layout_.output.string(), tail(layout_.output));
}

Status PrivateCluster::revive() {
  if (!lock_) return ok();
  if (child_ && !child_->wait(0ms)) return ok();
  child_.reset();
  log::error("database.process_ended");
  return launch();
}

void PrivateCluster::stop() {
  if (!child_) return;
  for (const auto& [signal, at_most] :
       {std::pair{SIGINT, std::chrono::milliseconds(fast_shutdown_max)},
        std::pair{SIGQUIT, std::chrono::milliseconds(immediate_shutdown_max)},
        std::pair{SIGKILL, std::chrono::milliseconds(immediate_shutdown_max)}}) {
    child_->send(signal);
    if (child_->wait(at_most)) break;
  }
  log::info("database.stopped");
  child_.reset();
}

PrivateCluster::~PrivateCluster() { stop(); }

}  // namespace hermod::server
