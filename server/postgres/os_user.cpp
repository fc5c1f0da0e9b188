#include "server/postgres/os_user.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "server/data_directory.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr const char* package_user = "postgres";
constexpr int groups_max = 256;

}  // namespace

Result<std::optional<OsUser>> cluster_user() {
  if (geteuid() != 0) return std::optional<OsUser>{};
  errno = 0;
  const passwd* entry = getpwnam(package_user);  // at start, before any other thread
  if (entry == nullptr) {
    return failure(ErrorKind::not_found,
                   "as root, the private PostgreSQL needs the user `postgres`, which is not there",
                   "install the package postgresql, or set HERMOD_DATABASE_URL, or run as another user");
  }
  OsUser user{.uid = entry->pw_uid, .gid = entry->pw_gid, .groups = std::vector<gid_t>(groups_max)};
  int count = groups_max;
  if (getgrouplist(package_user, entry->pw_gid, user.groups.data(), &count) < 0) count = groups_max;
  user.groups.resize(static_cast<std::size_t>(count));
  return std::optional(std::move(user));
}

Status make_cluster_directory(const std::filesystem::path& path, const std::optional<OsUser>& user) {
  if (auto made = make_directory(path, 0700); !made) return made;
  struct stat info{};
  // lstat: in a runtime folder that others may write to, a link of theirs must not lead us elsewhere.
  if (lstat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return failure(ErrorKind::denied, path.string() + " is not a folder");
  }
  const uid_t owner = user ? user->uid : geteuid();
  if (info.st_uid != owner && (info.st_uid != geteuid() || chown(path.c_str(), owner, user->gid) != 0)) {
    return failure(ErrorKind::denied, path.string() + " belongs to another user",
                   "start hermod as the user it was started by before, or as root");
  }
  if ((info.st_mode & 0777) != 0700 && chmod(path.c_str(), 0700) != 0) {
    return failure(ErrorKind::denied,
                   "could not close " + path.string() + " to others: " + std::strerror(errno));
  }
  return ok();
}

}  // namespace hermod::server
