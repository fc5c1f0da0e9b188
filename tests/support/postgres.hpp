// TestDatabase: a fresh database with the current schema for every test, in the cluster of this run of ctest
// (environment HERMOD_TEST_CLUSTER) or else in one that the test program starts at first use and stops at its
// end.
#pragma once

#include <memory>
#include <string>

#include "core/store/database.hpp"

namespace hermod::testing {

class TestDatabase {
 public:
  static constexpr int connections_max = 8;
  TestDatabase();   // ends the test program when the cluster cannot be started
  ~TestDatabase();  // drops it
  TestDatabase(const TestDatabase&) = delete;

  const std::string& conninfo() const { return conninfo_; }
  store::Database& database() { return *database_; }
  // A connection, or the end of the test program.
  store::Connection connect();

 private:
  std::string name_, conninfo_;
  std::unique_ptr<store::Database> database_;
};

}  // namespace hermod::testing
