#include "support/postgres.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "support/postgres_cluster.hpp"

namespace hermod::testing {
namespace {

class OwnCluster {
 public:
  ~OwnCluster() { cluster_.stop(); }
  const PostgresCluster& get() const { return cluster_; }

 private:
  PostgresCluster cluster_ = PostgresCluster::start();
};

// The cluster of this run of ctest; a test program that runs alone starts its own.
const PostgresCluster& cluster() {
  static const char* const file = std::getenv("HERMOD_TEST_CLUSTER");
  if (std::string folder; file != nullptr && std::getline(std::ifstream(file), folder)) {
    static const PostgresCluster shared{folder};
    return shared;
  }
  static const OwnCluster own;
  return own.get();
}

std::string new_name() {
  static int databases = 0;
  return "test_" + std::to_string(getpid()) + "_" + std::to_string(++databases);
}

}  // namespace

TestDatabase::TestDatabase() : name_(new_name()), conninfo_(cluster().conninfo(name_)) {
  cluster().create_database(name_);
  database_ = std::make_unique<store::Database>(store::Database::Options{conninfo_, connections_max});
}

TestDatabase::~TestDatabase() {
  database_.reset();
  cluster().drop_database(name_);
}

store::Connection TestDatabase::connect() {
  auto connection = database_->connect();
  if (!connection) {
    std::fprintf(stderr, "test database: %s\n", connection.error().detail.c_str());
    std::abort();
  }
  return std::move(*connection);
}

}  // namespace hermod::testing
