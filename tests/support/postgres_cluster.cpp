#include "support/postgres_cluster.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "core/store/migration.hpp"

namespace hermod::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* template_database = "template_hermod";

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "test database: %s\n", what.c_str());
  std::abort();
}

void shell(const std::string& command) {
  if (std::system(command.c_str()) != 0) give_up("failed: " + command);
}

fs::path newest_binaries() {
  fs::path newest;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql")) {
    if (fs::exists(version.path() / "bin/postgres")) newest = std::max(newest, version.path() / "bin");
  }
  if (newest.empty()) give_up("no PostgreSQL is installed");
  return newest;
}

// PostgreSQL refuses to run as root.
std::string program(const char* name) {
  const std::string run_as = geteuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --init-groups " : "";
  return run_as + (newest_binaries() / name).string();
}

void run(const std::string& conninfo, const std::string& statement) {
  store::Database database({conninfo, 1});
  auto connection = database.connect();
  if (!connection) give_up(connection.error().detail);
  if (Status done = connection->script(statement); !done) give_up(done.error().detail);
}

void migrate(const std::string& conninfo) {
  store::Database database({conninfo, 1});
  auto connection = database.connect();
  if (!connection) give_up(connection.error().detail);
  if (auto migrated = store::migrate(*connection); !migrated) {
    give_up(migrated.error().message + ": " + migrated.error().detail);
  }
}

}  // namespace

PostgresCluster PostgresCluster::start() {
  char folder[] = "/tmp/hermod-pg-XXXXXX";
  if (mkdtemp(folder) == nullptr) give_up("no temporary folder");
  PostgresCluster cluster(folder);
  const std::string path = folder;
  if (geteuid() == 0) shell("chown postgres " + path);
  shell(program("initdb") + " -D " + path +
        "/data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions > " + path +
        "/initdb.log 2>&1");
  shell(cluster.pg_ctl() + " -w -l " + path + "/log -o \"-c listen_addresses='' -c unix_socket_directories=" +
        path + " -c fsync=off -c full_page_writes=off -c max_connections=100 -c shared_buffers=64MB\" start");
  run(cluster.conninfo("postgres"), std::string("CREATE DATABASE ") + template_database);
  migrate(cluster.conninfo(template_database));
  return cluster;
}

void PostgresCluster::stop() {
  shell(pg_ctl() + " -m immediate stop");
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string PostgresCluster::conninfo(const std::string& database) const {
  return "host=" + folder_.string() + " user=postgres dbname=" + database;
}

void PostgresCluster::create_database(const std::string& name) const {
  run(conninfo("postgres"), "CREATE DATABASE " + name + " TEMPLATE " + template_database);
}

void PostgresCluster::drop_database(const std::string& name) const {
  run(conninfo("postgres"), "DROP DATABASE " + name + " WITH (FORCE)");
}

std::string PostgresCluster::pg_ctl() const {
  return program("pg_ctl") + " -s -D " + (folder_ / "data").string();
}

}  // namespace hermod::testing
