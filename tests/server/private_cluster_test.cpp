#include "server/postgres/private_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "server/postgres/binaries.hpp"
#include "server/postgres/os_user.hpp"
#include "temporary_directory.hpp"

namespace hermod::server {
namespace {

using testing::HasSubstr;
using testing::Not;

class PrivateClusterTest : public testing::Test {
 protected:
  void SetUp() override {
    auto prepared = prepare_data_directory(root());
    ASSERT_TRUE(prepared) << prepared.error().message;
    options_.directory = *prepared;
  }

  const std::filesystem::path& root() const { return temporary_.path(); }

  Result<PrivateCluster> serve() {
    auto lock = DirectoryLock::take_for_serve(options_.directory);
    if (!lock) return std::move(lock).error();
    return PrivateCluster::start(options_, *std::move(lock));
  }

  // The first field of the first row; the message of the failure where there is one.
  static std::string query(const PrivateCluster& cluster, const char* sql) {
    PGconn* connection = PQconnectdb(cluster.conninfo().c_str());
    PGresult* rows = PQexec(connection, sql);
    std::string text = PQresultErrorMessage(rows);
    if (PQresultStatus(rows) == PGRES_FATAL_ERROR && text.empty()) text = PQerrorMessage(connection);
    if (PQntuples(rows) > 0 && PQnfields(rows) > 0) text = PQgetvalue(rows, 0, 0);
    PQclear(rows);
    PQfinish(connection);
    return text;
  }

  // Starts a program in the cluster's folder as the cluster's user, with nothing that ends it when we do.
  ChildProcess start_as_cluster_user(std::vector<std::string> arguments) {
    const auto layout = cluster_layout(options_.directory);
    auto child = ChildProcess::start({.arguments = std::move(arguments),
                                      .directory = layout.data,
                                      .output = layout.output,
                                      .user = *cluster_user(),
                                      .death_signal = SIGKILL,
                                      .handed = server_paths(layout, *cluster_user()).handed});
    EXPECT_TRUE(child) << child.error().message;
    return *std::move(child);
  }

  TemporaryDirectory temporary_;
  ClusterOptions options_;
};

// What was acknowledged must survive a power cut, and nothing but the socket may lead in.
TEST_F(PrivateClusterTest, runs_durable_and_reachable_by_socket_alone) {
  auto cluster = serve();
  ASSERT_TRUE(cluster) << cluster.error().message << cluster.error().detail;
  EXPECT_EQ(query(*cluster, "SHOW fsync"), "on");
  EXPECT_EQ(query(*cluster, "SHOW synchronous_commit"), "on");
  EXPECT_EQ(query(*cluster, "SHOW full_page_writes"), "on");
  EXPECT_EQ(query(*cluster, "SHOW listen_addresses"), "");
  EXPECT_EQ(query(*cluster, "SHOW server_encoding"), "UTF8");
  EXPECT_EQ(query(*cluster, "SELECT datcollate FROM pg_database WHERE datname = current_database()"),
            "C.UTF-8");
  struct stat info{};
  ASSERT_EQ(stat(cluster_layout(options_.directory).socket.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
}

TEST_F(PrivateClusterTest, data_survives_a_stop) {
  {
    auto cluster = serve();
    ASSERT_TRUE(cluster) << cluster.error().message;
    EXPECT_EQ(query(*cluster, "CREATE TABLE kept AS SELECT 42 AS n"), "");
  }
  auto cluster = serve();
  ASSERT_TRUE(cluster) << cluster.error().message;
  EXPECT_EQ(query(*cluster, "SELECT n FROM kept"), "42");
}

// kill -9 of hermod: its PostgreSQL must not run on without an owner, and the next start must lose nothing.
TEST_F(PrivateClusterTest, kill_of_the_owner_takes_the_cluster_along_and_loses_nothing) {
  int report[2];
  ASSERT_EQ(pipe(report), 0);
  const pid_t owner = fork();
  if (owner == 0) {
    auto cluster = serve();
    const bool good = cluster && query(*cluster, "CREATE TABLE kept AS SELECT 42 AS n").empty();
    [[maybe_unused]] const auto written = write(report[1], good ? "y" : "n", 1);
    for (;;) pause();
  }
  char answer = 0;
  ASSERT_EQ(read(report[0], &answer, 1), 1);
  ASSERT_EQ(answer, 'y');
  kill(owner, SIGKILL);
  waitpid(owner, nullptr, 0);

  auto cluster = serve();
  ASSERT_TRUE(cluster) << cluster.error().message << cluster.error().detail;
  EXPECT_EQ(query(*cluster, "SELECT n FROM kept"), "42");
}

// An orphan that did not get the signal still holds the files; two postmasters on them would destroy the
// data.
TEST_F(PrivateClusterTest, an_orphan_that_still_runs_is_stopped_and_replaced) {
  {
    ASSERT_TRUE(serve());
  }
  const auto layout = cluster_layout(options_.directory);
  const auto binaries = find_postgres({}, cluster_major(layout.data));
  ChildProcess orphan =
      start_as_cluster_user({binaries->postgres(), "-D", server_paths(layout, *cluster_user()).data});
  while (PQping(cluster_conninfo(layout, "hermod").c_str()) != PQPING_OK) ASSERT_FALSE(orphan.wait({}));

  auto cluster = serve();
  ASSERT_TRUE(cluster) << cluster.error().message << cluster.error().detail;
  EXPECT_TRUE(orphan.wait(std::chrono::seconds(10)));
  EXPECT_EQ(query(*cluster, "SELECT 1"), "1");
}

// After a reboot the number in the pid file may belong to anybody; PostgreSQL alone would refuse to start.
TEST_F(PrivateClusterTest, a_pid_file_that_names_a_stranger_does_not_stop_the_start) {
  {
    ASSERT_TRUE(serve());
  }
  const auto layout = cluster_layout(options_.directory);
  ChildProcess stranger = start_as_cluster_user({"/bin/sleep", "1000"});
  std::ofstream(layout.data / "postmaster.pid") << stranger.pid() << "\n"
                                                << layout.data.string() << "\n0\n5432\n";

  auto cluster = serve();
  EXPECT_TRUE(cluster) << cluster.error().message << cluster.error().detail;
  EXPECT_FALSE(stranger.wait({})) << "a process that is not PostgreSQL must be left alone";
  stranger.send(SIGKILL);
}

TEST_F(PrivateClusterTest, a_killed_postgres_is_started_again) {
  auto cluster = serve();
  ASSERT_TRUE(cluster) << cluster.error().message;
  const std::string pid = query(*cluster, "SELECT pg_read_file('postmaster.pid')");
  kill(std::atoi(pid.c_str()), SIGKILL);
  while (PQping(cluster->conninfo().c_str()) == PQPING_OK) {
  }
  // The kernel may report the end a moment after the socket is dead; until then revive() has nothing to do.
  while (query(*cluster, "SELECT 1") != "1") ASSERT_TRUE(cluster->revive());
}

// `hermod key create` beside a running server works on the same data and leaves it running.
TEST_F(PrivateClusterTest, a_command_joins_the_cluster_of_a_server) {
  auto cluster = serve();
  ASSERT_TRUE(cluster) << cluster.error().message;
  query(*cluster, "CREATE TABLE shared AS SELECT 7 AS n");
  {
    auto joined = PrivateCluster::start_or_join(options_);
    ASSERT_TRUE(joined) << joined.error().message;
    EXPECT_FALSE(joined->owned());
    EXPECT_EQ(query(*joined, "SELECT n FROM shared"), "7");
  }
  EXPECT_EQ(query(*cluster, "SELECT n FROM shared"), "7");
}

TEST_F(PrivateClusterTest, a_command_starts_the_cluster_where_no_server_runs) {
  {
    auto cluster = PrivateCluster::start_or_join(options_);
    ASSERT_TRUE(cluster) << cluster.error().message;
    EXPECT_TRUE(cluster->owned());
    EXPECT_EQ(DirectoryLock::holder(options_.directory), LockHolder::command);
  }
  EXPECT_EQ(DirectoryLock::holder(options_.directory), LockHolder::nobody);
}

// A failed statement can quote a secret; PostgreSQL's own log must hold none of it.
TEST_F(PrivateClusterTest, failed_statements_leave_nothing_in_the_log) {
  auto cluster = serve();
  ASSERT_TRUE(cluster) << cluster.error().message;
  EXPECT_THAT(query(*cluster, "SELECT 'hunter2'::uuid"), HasSubstr("hunter2"));
  query(*cluster, "CREATE TABLE once (secret text PRIMARY KEY)");
  query(*cluster, "INSERT INTO once VALUES ('hunter2'), ('hunter2')");
  cluster->stop();
  std::ifstream file(cluster_layout(options_.directory).output);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_THAT(text, HasSubstr("ready to accept connections"));
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(text, Not(HasSubstr("ERROR")));
}

// Root's data folder may lie where no other user passes (/root); PostgreSQL must reach it all the same.
TEST_F(PrivateClusterTest, a_data_folder_that_only_its_owner_can_enter_works) {
  const auto closed = root() / "closed";
  ASSERT_TRUE(make_directory(closed, 0700));
  auto prepared = prepare_data_directory(closed / "data");
  ASSERT_TRUE(prepared);
  options_.directory = *prepared;
  auto cluster = serve();
  ASSERT_TRUE(cluster) << cluster.error().message << cluster.error().detail;
  EXPECT_EQ(query(*cluster, "SELECT 1"), "1");
  struct stat info{};
  ASSERT_EQ(stat((closed / "data").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
}

// A unix socket's path has 107 bytes at most; a deep data folder must work all the same.
TEST_F(PrivateClusterTest, a_deep_data_folder_gets_its_socket_elsewhere) {
  const auto deep = root() / std::string(60, 'a') / std::string(60, 'b');
  auto prepared = prepare_data_directory(deep);
  ASSERT_TRUE(prepared);
  options_.directory = *prepared;
  const auto layout = cluster_layout(options_.directory);
  EXPECT_LE(layout.socket_file().native().size(), socket_path_bytes_max);
  {
    auto cluster = serve();
    ASSERT_TRUE(cluster) << cluster.error().message << cluster.error().detail;
    EXPECT_EQ(query(*cluster, "SELECT 1"), "1");
  }
  std::filesystem::remove_all(layout.socket);
}

TEST_F(PrivateClusterTest, a_second_server_on_the_same_folder_is_refused_at_once) {
  auto first = DirectoryLock::take_for_serve(options_.directory);
  ASSERT_TRUE(first);
  auto second = DirectoryLock::take_for_serve(options_.directory);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_THAT(second.error().message, HasSubstr("another hermod already works on"));
}

TEST_F(PrivateClusterTest, a_server_waits_for_a_command_to_end) {
  auto command = DirectoryLock::take(options_.directory, LockHolder::command);
  ASSERT_TRUE(command);
  std::optional<Result<DirectoryLock>> taken;
  std::thread server([&] { taken.emplace(DirectoryLock::take_for_serve(options_.directory)); });
  {
    const DirectoryLock released = *std::move(command);
  }
  server.join();
  EXPECT_TRUE(*taken);
}

TEST_F(PrivateClusterTest, keys_that_others_can_read_are_refused) {
  chmod(options_.directory.keys().c_str(), 0755);
  const auto prepared = prepare_data_directory(root());
  ASSERT_FALSE(prepared);
  EXPECT_THAT(prepared.error().hint, HasSubstr("chmod 0700"));
}

}  // namespace
}  // namespace hermod::server
