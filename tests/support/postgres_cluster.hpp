// PostgresCluster: a PostgreSQL cluster in a temporary folder, on a unix socket alone and without fsync, with
// a template database that has the current schema. It belongs to one test program, or (test_cluster.cpp) to
// one run of ctest. What fails ends the program: without a database there is nothing to test.
#pragma once

#include <filesystem>
#include <string>

namespace hermod::testing {

class PostgresCluster {
 public:
  static PostgresCluster start();
  // One that another program started in that folder.
  explicit PostgresCluster(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void stop();

  const std::filesystem::path& folder() const { return folder_; }
  std::string conninfo(const std::string& database) const;
  void create_database(const std::string& name) const;
  void drop_database(const std::string& name) const;

 private:
  std::string pg_ctl() const;

  std::filesystem::path folder_;
};

}  // namespace hermod::testing
