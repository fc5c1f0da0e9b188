#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/blob/blob_error.hpp"
#include "core/blob/file_system.hpp"

namespace hermod::blob {
namespace {

constexpr mode_t folder_mode = 0700;
constexpr mode_t file_mode = 0600;

// No path in it: paths hold account ids, which belong to the caller's log line.
Error error_of(int code, std::string_view action) {
  std::string message =
      fmt::format("could not {}: {}", action, std::error_code(code, std::generic_category()).message());
  switch (code) {
    case ENOENT:
    case ENOTDIR:
      return blob_error(ErrorKind::not_found, ErrorScope::item, Retry::never(), std::move(message));
    case EEXIST:
    case ENOTEMPTY:
    case EWOULDBLOCK:
      return blob_error(ErrorKind::conflict, ErrorScope::account, Retry::after(), std::move(message));
    case EACCES:
    case EPERM:
      return blob_error(ErrorKind::denied, ErrorScope::provider, Retry::after(disk_retry_delay),
                        std::move(message), "Let the user who runs the server own the blob folder.");
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return disk_error(std::move(message),
                        "Make room on the disk of the blob folder; sync goes on by itself.");
    case EROFS:
      return disk_error(std::move(message), "Mount the disk of the blob folder for writing.");
    default:
      return disk_error(std::move(message), "Check the disk of the blob folder.");
  }
}

// Calls again while a signal interrupted the call.
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  bool is_open() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

Descriptor open_folder(const Path& path) {
  return Descriptor(uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
}

class PosixFile final : public File {
 public:
  explicit PosixFile(Descriptor fd) : fd_(std::move(fd)) {}

  Result<std::size_t> read_at(std::uint64_t offset, char* buffer, std::size_t length) override {
    std::size_t done = 0;
    while (done < length) {
      const ssize_t count = uninterrupted([&] {
        return ::pread(fd_.get(), buffer + done, length - done, static_cast<off_t>(offset + done));
      });
      if (count < 0) return error_of(errno, "read a pack");
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  Status write_at(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = uninterrupted(
          [&] { return ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
      if (count < 0) return error_of(errno, "write a pack");
      bytes.remove_prefix(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    }
    return ok();
  }

  Status truncate(std::uint64_t length) override {
    if (uninterrupted([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(length)); }) == 0) return ok();
    return error_of(errno, "shorten a pack");
  }

  Result<std::uint64_t> length() override {
    struct stat status{};
    if (::fstat(fd_.get(), &status) != 0) return error_of(errno, "examine a pack");
    return static_cast<std::uint64_t>(status.st_size);
  }

  // Never tried again after EIO: a second call would say yes to pages the kernel gave up.
  Status sync() override {
    if (uninterrupted([&] { return ::fdatasync(fd_.get()); }) == 0) return ok();
    return error_of(errno, "sync a pack");
  }

 private:
  Descriptor fd_;
};

class PosixDirectoryLock final : public DirectoryLock {
 public:
  explicit PosixDirectoryLock(Descriptor fd) : fd_(std::move(fd)) {}

 private:
  Descriptor fd_;  // flock() lasts until it is closed, also by a crash
};

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const Path& path, OpenMode mode) override {
    int flags = O_CLOEXEC;
    switch (mode) {
      case OpenMode::read:
        flags |= O_RDONLY;
        break;
      case OpenMode::append_existing:
        flags |= O_RDWR;
        break;
      case OpenMode::create_new:
        flags |= O_RDWR | O_CREAT | O_EXCL;
        break;
    }
    Descriptor fd(uninterrupted([&] { return ::open(path.c_str(), flags, file_mode); }));
    if (!fd.is_open()) return error_of(errno, "open a pack");
    return std::make_unique<PosixFile>(std::move(fd));
  }

  Status create_directory(const Path& path) override {
    if (::mkdir(path.c_str(), folder_mode) == 0) return ok();
    return error_of(errno, "make a blob folder");
  }

  Result<std::vector<std::string>> list(const Path& path) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
    if (!folder) return error_of(errno, "list a blob folder");
    std::vector<std::string> names;
    for (errno = 0; const dirent* entry = ::readdir(folder.get()); errno = 0) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return error_of(errno, "list a blob folder");
    return names;
  }

  Status remove_file(const Path& path) override {
    if (::unlink(path.c_str()) == 0) return ok();
    return error_of(errno, "remove a pack");
  }

  Status remove_directory(const Path& path) override {
    if (::rmdir(path.c_str()) == 0) return ok();
    return error_of(errno, "remove a blob folder");
  }

  Status sync_directory(const Path& path) override {
    const Descriptor fd = open_folder(path);
    if (fd.is_open() && uninterrupted([&] { return ::fsync(fd.get()); }) == 0) return ok();
    return error_of(errno, "sync a blob folder");
  }

  Result<std::unique_ptr<DirectoryLock>> lock_directory(const Path& path) override {
    Descriptor fd = open_folder(path);
    if (!fd.is_open() || uninterrupted([&] { return ::flock(fd.get(), LOCK_EX | LOCK_NB); }) != 0) {
      return error_of(errno, "lock a blob folder");
    }
    return std::make_unique<PosixDirectoryLock>(std::move(fd));
  }
};

}  // namespace

FileSystem& posix_file_system() {
  static PosixFileSystem files;
  return files;
}

}  // namespace hermod::blob
