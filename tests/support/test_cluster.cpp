// The PostgreSQL cluster that the tests of one run of ctest share:  test_cluster start|stop FILE
// FILE holds the cluster's folder while it runs.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "support/postgres_cluster.hpp"

namespace {

using hermod::testing::PostgresCluster;

void stop(const std::filesystem::path& file) {
  std::string folder;
  std::getline(std::ifstream(file), folder);
  std::filesystem::remove(file);
  if (std::filesystem::exists(folder)) PostgresCluster(folder).stop();
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view call = count == 3 ? arguments[1] : "";
  if (call != "start" && call != "stop") {
    std::fputs("usage: test_cluster start|stop FILE\n", stderr);
    return 2;
  }
  const std::filesystem::path file = arguments[2];
  stop(file);  // also one that a run left behind
  if (call == "start") std::ofstream(file) << PostgresCluster::start().folder().string() << '\n';
}
