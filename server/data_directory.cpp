#include "server/data_directory.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "server/failure.hpp"

namespace hermod::server {
namespace {

Error could_not(const char* what, const std::filesystem::path& path, int code) {
  return failure(ErrorKind::unavailable,
                 std::string("could not ") + what + " " + path.string() + ": " + std::strerror(code),
                 "make the folder writable for this user, or set HERMOD_DATA_DIR to another one");
}

Status refuse_readable_by_others(const std::filesystem::path& path) {
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) return could_not("read", path, errno);
  if ((info.st_mode & 0077) == 0) return ok();
  return failure(ErrorKind::denied, "other users can read " + path.string(),
                 "run: chmod 0700 " + path.string());
}

}  // namespace

Status make_directory(const std::filesystem::path& path, unsigned mode) {
  std::error_code failed;
  std::filesystem::create_directories(path.parent_path(), failed);
  if (failed) return could_not("make the folder", path.parent_path(), failed.value());
  if (mkdir(path.c_str(), mode) == 0) {
    // The process's umask may have taken bits away.
    return chmod(path.c_str(), mode) == 0 ? ok() : Status(could_not("set the mode of", path, errno));
  }
  if (errno == EEXIST && std::filesystem::is_directory(path, failed)) return ok();
  return could_not("make the folder", path, errno);
}

Result<DataDirectory> prepare_data_directory(const std::filesystem::path& root) {
  const DataDirectory directory{root};
  if (auto made = make_directory(root, 0700); !made) return std::move(made).error();
  for (const auto& path : {directory.postgres(), root / "blobs", directory.keys(), directory.run()}) {
    if (auto made = make_directory(path, 0700); !made) return std::move(made).error();
  }
  if (access(root.c_str(), W_OK) != 0) return could_not("write to", root, errno);
  if (auto safe = refuse_readable_by_others(directory.keys()); !safe) return std::move(safe).error();
  return directory;
}

}  // namespace hermod::server
