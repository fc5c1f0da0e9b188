// DirectoryLock: one process at a time works on a data folder as its owner (flock on run/hermod.lock).
//
// The kernel releases it when the process ends in whatever way. The file tells what kind of process holds it,
// so that a second `hermod serve` is refused at once while short command-line calls are waited for.
#pragma once

#include <chrono>
#include <filesystem>
#include <hermod/result.hpp>
#include <utility>

#include "server/data_directory.hpp"

namespace hermod::server {

enum class LockHolder : std::uint8_t { nobody, serve, command };

class DirectoryLock {
 public:
  // A command-line call ends within this time, or the wait for it does.
  static constexpr std::chrono::seconds command_max{60};

  // Tries once. `conflict` when another process holds it; see holder().
  static Result<DirectoryLock> take(const DataDirectory& directory, LockHolder as);

  // Takes it for `hermod serve`: waits for command-line calls, refuses beside another server.
  static Result<DirectoryLock> take_for_serve(const DataDirectory& directory);

  // Who holds the lock now.
  static LockHolder holder(const DataDirectory& directory);

  DirectoryLock(DirectoryLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int file) : file_(file) {}

  int file_;
};

}  // namespace hermod::server
