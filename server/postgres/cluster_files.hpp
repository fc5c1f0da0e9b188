// The files around a private cluster: where its socket is, and the two configuration files that Hermod writes
// anew at each start, so that an upgrade of Hermod changes them. An operator's own settings go into
// `local.conf` beside postgresql.conf, which is never touched and wins.
#pragma once

#include <filesystem>
#include <hermod/result.hpp>
#include <optional>
#include <string>
#include <vector>

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

// The data and the socket folder as the server process names them. As another user it may not pass through
// their parents (the data folder is 0700, and may lie below /root), so it gets them as open descriptors.
struct ServerPaths {
  std::vector<std::filesystem::path> handed;  // for ChildProcess
  std::string data;
  std::string socket;
};
ServerPaths server_paths(const ClusterLayout& layout, const std::optional<OsUser>& user);

// The longest socket path; the system allows 107 bytes.
constexpr std::size_t socket_path_bytes_max = 100;

ClusterLayout cluster_layout(const DataDirectory& directory);

// A libpq connection string for the database of this name.
std::string cluster_conninfo(const ClusterLayout& layout, std::string_view database);

// Writes postgresql.conf and pg_hba.conf, owned by `user`. `socket`: its folder as the server names it.
Status write_cluster_config(const ClusterLayout& layout, std::string_view socket,
                            std::int64_t connections_max, const std::optional<OsUser>& user);

}  // namespace hermod::server
