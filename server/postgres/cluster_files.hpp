// The files around a private cluster: where its socket is, and the two configuration files that Hermod writes
// anew at each start, so that an upgrade of Hermod changes them. An operator's own settings go into
// `local.conf` beside postgresql.conf, which is never touched and wins.
#pragma once

#include <filesystem>
#include <hermod/result.hpp>
#include <optional>
#include <string>

#include "server/data_directory.hpp"
#include "server/postgres/child_process.hpp"

namespace hermod::server {

struct ClusterLayout {
  std::filesystem::path base;  // data_dir/postgres
  std::filesystem::path data;  // base/data
  std::filesystem::path
      socket;  // base/socket, or a folder in the runtime directory where that path is too long
  std::filesystem::path output;  // base/postgres.log

  std::filesystem::path socket_file() const { return socket / ".s.PGSQL.5432"; }
};

// The longest socket path; the system allows 107 bytes.
constexpr std::size_t socket_path_bytes_max = 100;

ClusterLayout cluster_layout(const DataDirectory& directory);

// A libpq connection string for the database of this name.
std::string cluster_conninfo(const ClusterLayout& layout, std::string_view database);

// Writes postgresql.conf and pg_hba.conf, owned by `user`.
Status write_cluster_config(const ClusterLayout& layout, std::int64_t connections_max,
                            const std::optional<OsUser>& user);

}  // namespace hermod::server
