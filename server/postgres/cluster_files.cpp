#include "server/postgres/cluster_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "server/failure.hpp"

namespace hermod::server {
namespace {

// Why each: the socket alone reaches it, and only who may enter its 0700 folder; nothing acknowledged is ever
// lost; log_min_messages = log leaves out the text of failed statements' errors, which may quote values, and
// the four settings below it leave out the statements; no parallel workers, because these need /dev/shm,
// which is 64 MB in most containers, and our statements are short.
constexpr std::string_view settings =
    R"(# Written by hermod at each start; put settings of your own into local.conf.
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = {connections}
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = 256MB
max_wal_size = 4GB
wal_compression = lz4
jit = off
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
log_destination = 'stderr'
logging_collector = off
log_checkpoints = off
log_min_messages = log
log_statement = none
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_line_prefix = '%m [%p] '
log_timezone = 'UTC'
timezone = 'UTC'
include_if_exists = 'local.conf'
)";

constexpr std::string_view access_rules =
    "# Written by hermod at each start: whoever can enter the socket's folder (mode 0700) is trusted.\n"
    "local all all trust\n";

std::string escaped(std::string_view text, char escape) {
  std::string out;
  for (const char c : text) {
    if (c == '\'' || (c == '\\' && escape == '\\')) out.push_back(escape);
    out.push_back(c);
  }
  return out;
}

// FNV-1a: a short, stable name for a long path.
std::string short_name(const std::filesystem::path& path) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : path.native()) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return fmt::format("{:016x}", hash);
}

std::filesystem::path runtime_socket_directory(const std::filesystem::path& data_dir) {
  const std::string name = short_name(data_dir);
  if (geteuid() == 0) return "/run/hermod-" + name;
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  // A runtime directory with a long path of its own would not help.
  if (runtime != nullptr && *runtime == '/' && std::strlen(runtime) <= 40) {
    return std::filesystem::path(runtime) / ("hermod-" + name);
  }
  return fmt::format("/tmp/hermod-{}-{}", geteuid(), name);
}

Status write_file(const std::filesystem::path& path, std::string_view text,
                  const std::optional<OsUser>& user) {
  const auto incoming = path.string() + ".incoming";
  const int file = open(incoming.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  bool good = file >= 0 && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (good && user) good = fchown(file, user->uid, user->gid) == 0;
  good = good && fsync(file) == 0;
  if (file >= 0) close(file);
  if (good && rename(incoming.c_str(), path.c_str()) == 0) return ok();
  return failure(ErrorKind::unavailable, "could not write " + path.string() + ": " + std::strerror(errno));
}

}  // namespace

ClusterLayout cluster_layout(const DataDirectory& directory) {
  ClusterLayout layout{.base = directory.postgres(), .data = {}, .socket = {}, .output = {}};
  layout.data = layout.base / "data";
  layout.socket = layout.base / "socket";
  layout.output = layout.base / "postgres.log";
  if (layout.socket_file().native().size() > socket_path_bytes_max) {
    layout.socket = runtime_socket_directory(directory.root);
  }
  return layout;
}

ServerPaths server_paths(const ClusterLayout& layout, const std::optional<OsUser>& user) {
  if (!user) return {.handed = {}, .data = layout.data, .socket = layout.socket};
  return {.handed = {layout.data, layout.socket},
          .data = ChildProcess::handed_path(0),
          .socket = ChildProcess::handed_path(1)};
}

std::string cluster_conninfo(const ClusterLayout& layout, std::string_view database) {
  std::string host = layout.socket.string();
  if (host.find_first_of(" '\\") != std::string::npos) host = "'" + escaped(host, '\\') + "'";
  return fmt::format("host={} port=5432 user=hermod dbname={} application_name=hermod", host, database);
}

Status write_cluster_config(const ClusterLayout& layout, std::string_view socket,
                            std::int64_t connections_max, const std::optional<OsUser>& user) {
  const std::string text = fmt::format(fmt::runtime(settings), fmt::arg("socket", escaped(socket, '\'')),
                                       fmt::arg("connections", connections_max));
  if (auto written = write_file(layout.data / "postgresql.conf", text, user); !written) return written;
  return write_file(layout.data / "pg_hba.conf", access_rules, user);
}

}  // namespace hermod::server
