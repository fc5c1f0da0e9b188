#include "server/directory_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <thread>

#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr std::chrono::milliseconds poll_interval{50};
constexpr std::string_view serve_mark = "serve";
constexpr std::string_view command_mark = "command";

std::filesystem::path lock_file(const DataDirectory& directory) { return directory.run() / "hermod.lock"; }

Error taken(const DataDirectory& directory) {
  return failure(ErrorKind::conflict, "another hermod already works on " + directory.root.string(),
                 "stop it first, or give this one a data folder of its own (HERMOD_DATA_DIR)");
}

}  // namespace

Result<DirectoryLock> DirectoryLock::take(const DataDirectory& directory, LockHolder as) {
  const auto path = lock_file(directory);
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) {
    return failure(ErrorKind::unavailable, "could not open " + path.string() + ": " + std::strerror(errno));
  }
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    close(file);
    return taken(directory);
  }
  DirectoryLock lock(file);
  const std::string_view mark = as == LockHolder::serve ? serve_mark : command_mark;
  if (ftruncate(file, 0) != 0 || pwrite(file, mark.data(), mark.size(), 0) < 0) {
    return failure(ErrorKind::unavailable, "could not write " + path.string() + ": " + std::strerror(errno));
  }
  return lock;
}

Result<DirectoryLock> DirectoryLock::take_for_serve(const DataDirectory& directory) {
  const auto deadline = std::chrono::steady_clock::now() + command_max;
  for (;;) {
    auto lock = take(directory, LockHolder::serve);
    if (lock || lock.error().kind != ErrorKind::conflict) return lock;
    if (holder(directory) == LockHolder::serve || std::chrono::steady_clock::now() >= deadline) return lock;
    std::this_thread::sleep_for(poll_interval);
  }
}

LockHolder DirectoryLock::holder(const DataDirectory& directory) {
  const int file = open(lock_file(directory).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return LockHolder::nobody;
  const DirectoryLock closes(file);  // opened for reading: it cannot clear the mark
  if (flock(file, LOCK_SH | LOCK_NB) == 0) return LockHolder::nobody;
  char text[8] = {};
  const ssize_t size = pread(file, text, sizeof text, 0);
  return std::string_view(text, size > 0 ? static_cast<std::size_t>(size) : 0) == serve_mark
             ? LockHolder::serve
             : LockHolder::command;
}

DirectoryLock::~DirectoryLock() {
  if (file_ < 0) return;
  // A mark left behind would be read as the next holder's, in the moment before that one writes its own.
  [[maybe_unused]] const int cleared = ftruncate(file_, 0);
  close(file_);  // which releases the lock
}

}  // namespace hermod::server
