#include "support/postgres.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "core/store/migration.hpp"

namespace hermod::testing {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "test database: %s\n", what.c_str());
  std::abort();
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
const char* run_as() { return geteuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --init-groups " : ""; }

class Cluster {
 public:
  Cluster() {
    char folder[] = "/tmp/hermod-pg-XXXXXX";
    if (mkdtemp(folder) == nullptr) give_up("no temporary folder");
    folder_ = folder;
    const fs::path bin = newest_binaries();
    if (geteuid() == 0) shell("chown postgres " + folder_);
    shell(run_as() + (bin / "initdb").string() + " -D " + folder_ + "/data -U postgres -A trust -E UTF8 --locale=C.UTF-8" +
          " --no-sync --no-instructions > " + folder_ + "/initdb.log 2>&1");
    shell(run_as() + (bin / "pg_ctl").string() + " -D " + folder_ + "/data -w -s -l " + folder_ + "/log -o \"-c" +
          " listen_addresses='' -c unix_socket_directories=" + folder_ +
          " -c fsync=off -c full_page_writes=off -c max_connections=100 -c shared_buffers=64MB\" start");
    stop_ = run_as() + (bin / "pg_ctl").string() + " -D " + folder_ + "/data -m immediate -s stop";
    store::Database database({conninfo("postgres"), 1});
    run(database, "CREATE DATABASE template_hermod");
    store::Database prepared({conninfo("template_hermod"), 1});
    auto connection = prepared.connect();
    if (!connection) give_up(connection.error().detail);
    if (auto migrated = store::migrate(*connection); !migrated) give_up(migrated.error().message + ": " + migrated.error().detail);
  }
  ~Cluster() {
    (void)!std::system(stop_.c_str());
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  std::string conninfo(const std::string& name) const { return "host=" + folder_ + " user=postgres dbname=" + name; }
  void run(store::Database& database, const std::string& statement) const {
    auto connection = database.connect();
    if (!connection) give_up(connection.error().detail);
    if (Status done = connection->script(statement); !done) give_up(done.error().detail);
  }
  void run(const std::string& statement) {
    store::Database database({conninfo("postgres"), 1});
    run(database, statement);
  }

 private:
  static void shell(const std::string& command) {
    if (std::system(command.c_str()) != 0) give_up("failed: " + command);
  }
  std::string folder_, stop_;
};

Cluster& cluster() {
  static Cluster one;
  return one;
}

std::atomic<int> databases = 0;

}  // namespace

TestDatabase::TestDatabase() : name_("test_" + std::to_string(++databases)), conninfo_(cluster().conninfo(name_)) {
  cluster().run("CREATE DATABASE " + name_ + " TEMPLATE template_hermod");
  database_ = std::make_unique<store::Database>(store::Database::Options{conninfo_, 8});
}

TestDatabase::~TestDatabase() {
  database_.reset();
  cluster().run("DROP DATABASE " + name_ + " WITH (FORCE)");
}

store::Connection TestDatabase::connect() {
  auto connection = database_->connect();
  if (!connection) give_up(connection.error().detail);
  return std::move(*connection);
}

}  // namespace hermod::testing
