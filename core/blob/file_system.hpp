// FileSystem: the file operations of this room, and no more, so that a test can make them fail or lose power.
//
// Errors: `unavailable` with a retry for a full, read-only or failing disk; `not_found` for a missing file or
// folder; `conflict` for one that exists already or is locked; `denied` for missing permission.
// Interrupted calls and short reads and writes are dealt with inside.
// Owner of the POSIX one: the process. Threads: FileSystem from any; a File from one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <hermod/result.hpp>

namespace hermod::blob {

using Path = std::filesystem::path;

class File {
 public:
  virtual ~File() = default;
  // Fills `buffer` from `offset`; returns fewer bytes only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t offset, char* buffer, std::size_t length) = 0;
  // All or an error; after an error any part may have been written.
  virtual Status write_at(std::uint64_t offset, std::string_view bytes) = 0;
  virtual Status truncate(std::uint64_t length) = 0;
  virtual Result<std::uint64_t> length() = 0;
  // Contents and length are on the disk; not the entry in the folder.
  virtual Status sync() = 0;
};

// Held by at most one at a time, in all processes; released when destroyed.
class DirectoryLock {
 public:
  virtual ~DirectoryLock() = default;
};

enum class OpenMode : std::uint8_t { read, append_existing, create_new };

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> open(const Path& path, OpenMode mode) = 0;
  virtual Status create_directory(const Path& path) = 0;
  // Names of the entries, unsorted, without "." and "..".
  virtual Result<std::vector<std::string>> list(const Path& path) = 0;
  virtual Status remove_file(const Path& path) = 0;
  virtual Status remove_directory(const Path& path) = 0;
  // The entries of the folder are on the disk.
  virtual Status sync_directory(const Path& path) = 0;
  virtual Result<std::unique_ptr<DirectoryLock>> lock_directory(const Path& path) = 0;
};

FileSystem& posix_file_system();

}  // namespace hermod::blob
