// Where the programs of PostgreSQL are: a folder with initdb and postgres, of version 15 or newer.
#pragma once

#include <filesystem>
#include <hermod/result.hpp>
#include <optional>

namespace hermod::server {

constexpr int postgres_major_min = 15;

struct PostgresBinaries {
  std::filesystem::path directory;
  int major = 0;

  std::filesystem::path initdb() const { return directory / "initdb"; }
  std::filesystem::path postgres() const { return directory / "postgres"; }
};

// `configured`: the folder of the config, empty: the newest of /usr/lib/postgresql/*/bin.
// `major`: the version of a cluster that exists, which no other version can run.
Result<PostgresBinaries> find_postgres(const std::filesystem::path& configured, std::optional<int> major);

// The version that a cluster's data folder was made by; absent where there is no cluster.
std::optional<int> cluster_major(const std::filesystem::path& data);

}  // namespace hermod::server
