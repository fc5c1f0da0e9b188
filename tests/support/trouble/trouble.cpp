// A library to preload into a program under test: its disk fills up or becomes read-only, its wall clock
// jumps.
//
// TROUBLE_CONTROL names a file of two 64-bit numbers that a test writes at any time
// (tests/support/servers/trouble.py): the errno that the disk answers (0: none), and the seconds that the
// wall clock is ahead. TROUBLE_DISK names the folder whose disk it is. ENOSPC meets what takes room (a file
// that grows, a new folder), EROFS everything that changes a file or a folder. Works for any user, needs no
// mount. It calls the kernel itself: dlsym() allocates, and a sanitizer reads the clock while it does.
// Threads: any.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

struct Control {
  std::int64_t disk_error;
  std::int64_t clock_ahead;
};
constexpr Control untroubled{};
const volatile Control* control = &untroubled;
char disk[PATH_MAX];  // a copy: PostgreSQL writes its title over the environment that it was started with

[[gnu::constructor]] void begin() {
  const char* path = getenv("TROUBLE_CONTROL");
  if (getenv("TROUBLE_DISK") != nullptr) snprintf(disk, sizeof disk, "%s", getenv("TROUBLE_DISK"));
  if (path == nullptr) return;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  void* mapped = mmap(nullptr, sizeof(Control), PROT_READ, MAP_SHARED, fd, 0);
  if (mapped != MAP_FAILED) control = static_cast<const Control*>(mapped);
  close(fd);
}

bool is_on_disk(const char* path) { return *disk != '\0' && strncmp(path, disk, strlen(disk)) == 0; }

bool is_open_on_disk(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return false;
  path[length] = '\0';
  return is_on_disk(path);
}

// -1 with errno set when the call is to fail.
int refuse_change(const char* path, bool takes_room) {
  const int error = static_cast<int>(control->disk_error);
  if (error == 0 || !is_on_disk(path) || (error == ENOSPC && !takes_room)) return 0;
  errno = error;
  return -1;
}
int refuse_write(int fd, off_t end) {
  const int error = static_cast<int>(control->disk_error);
  struct stat status{};
  if (error == 0 || !is_open_on_disk(fd)) return 0;
  if (error == ENOSPC && fstat(fd, &status) == 0 && end <= status.st_size) return 0;
  errno = error;
  return -1;
}

}  // namespace

extern "C" {

ssize_t pwrite(int fd, const void* bytes, size_t length, off_t offset) {
  if (refuse_write(fd, offset + static_cast<off_t>(length)) != 0) return -1;
  return syscall(SYS_pwrite64, fd, bytes, length, offset);
}
ssize_t pwrite64(int fd, const void* bytes, size_t length, off64_t offset) {
  return pwrite(fd, bytes, length, static_cast<off_t>(offset));
}
int ftruncate(int fd, off_t length) {
  if (refuse_write(fd, length) != 0) return -1;
  return static_cast<int>(syscall(SYS_ftruncate, fd, length));
}
int ftruncate64(int fd, off64_t length) { return ftruncate(fd, static_cast<off_t>(length)); }
int mkdir(const char* path, mode_t mode) {
  if (refuse_change(path, true) != 0) return -1;
  return static_cast<int>(syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}
int unlink(const char* path) {
  if (refuse_change(path, false) != 0) return -1;
  return static_cast<int>(syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}
int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  // As the kernel does: a name that is taken is refused before the disk is asked.
  const bool taken = (flags & O_EXCL) != 0 && access(path, F_OK) == 0;
  if (!taken && (flags & (O_WRONLY | O_RDWR)) != 0 && refuse_change(path, false) != 0) return -1;
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
int open64(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  return open(path, flags, mode);
}

int clock_gettime(clockid_t clock, timespec* now) {
  const int result = static_cast<int>(syscall(SYS_clock_gettime, clock, now));
  if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += control->clock_ahead;
  return result;
}
int gettimeofday(timeval* __restrict now, void* __restrict) {
  timespec exact{};
  clock_gettime(CLOCK_REALTIME, &exact);
  *now = {exact.tv_sec, static_cast<suseconds_t>(exact.tv_nsec / 1000)};
  return 0;
}
time_t time(time_t* into) {
  timespec exact{};
  clock_gettime(CLOCK_REALTIME, &exact);
  if (into != nullptr) *into = exact.tv_sec;
  return exact.tv_sec;
}

}  // extern "C"
