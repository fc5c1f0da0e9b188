#include "server/postgres/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "server/failure.hpp"

namespace hermod::server {
namespace {

Error could_not_start(const std::string& program, int code) {
  return failure(ErrorKind::unavailable, "could not start " + program + ": " + std::strerror(code));
}

constexpr int report_descriptor = 3;  // in the child; closed by exec
constexpr int handed_descriptor = 4;  // of the first folder handed over
// Ours are moved up here, so that none is in the way of the numbers that they get in the child.
constexpr int lowest_own_descriptor = 64;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {
    if (number_ < 0) return;
    const int moved = fcntl(number_, F_DUPFD_CLOEXEC, lowest_own_descriptor);
    const int code = errno;
    ::close(number_);
    errno = code;
    number_ = moved;
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() { close(); }

  int number() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

// What the child needs, gathered before the fork: after it, only async-signal-safe calls are allowed.
struct Prepared {
  std::vector<char*> arguments;
  const OsUser* user;
  int input, output, directory;
  int report;  // errno is written here when something fails
  std::vector<int> handed;
  int death_signal;
  pid_t parent;
};

[[noreturn]] void give_up(int report) {
  const int code = errno;
  [[maybe_unused]] const auto written = write(report, &code, sizeof code);
  _exit(127);
}

// Raw system calls: glibc's wrappers would try to change the other threads too, of which the child has none.
bool become(const OsUser& user) {
  return syscall(SYS_setgroups, user.groups.size(), user.groups.data()) == 0 &&
         syscall(SYS_setresgid, user.gid, user.gid, user.gid) == 0 &&
         syscall(SYS_setresuid, user.uid, user.uid, user.uid) == 0;
}

bool place_descriptors(const Prepared& prepared) {
  bool good = dup2(prepared.input, 0) >= 0 && dup2(prepared.output, 1) >= 0 &&
              dup2(prepared.output, 2) >= 0 && dup2(prepared.report, report_descriptor) >= 0 &&
              fcntl(report_descriptor, F_SETFD, FD_CLOEXEC) == 0;
  int next = handed_descriptor;
  for (const int folder : prepared.handed) good = good && dup2(folder, next++) >= 0;
  syscall(SYS_close_range, next, ~0U, 0);
  return good;
}

[[noreturn]] void run_child(const Prepared& prepared) {
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  umask(0077);
  if (fchdir(prepared.directory) != 0) give_up(prepared.report);
  if (prepared.user != nullptr && !become(*prepared.user)) give_up(prepared.report);
  // After the change of user, which clears it; then the check that the parent did not die in between.
  if (prepared.death_signal != 0 && prctl(PR_SET_PDEATHSIG, prepared.death_signal) != 0)
    give_up(prepared.report);
  if (getppid() != prepared.parent) _exit(127);
  if (!place_descriptors(prepared)) give_up(report_descriptor);

  static char path[] = "PATH=/usr/bin:/bin";
  static char locale[] = "LC_ALL=C.UTF-8";
  static char* const environment[] = {path, locale, nullptr};
  execve(prepared.arguments.front(), prepared.arguments.data(), environment);
  give_up(report_descriptor);
}

// Forks; gives the errno of what failed in the child before it was the other program, 0 when nothing did.
int fork_child(Prepared& prepared, pid_t& pid) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  const Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);
  prepared.report = writing.number();
  if (reading.number() < 0 || writing.number() < 0) return errno;
  pid = fork();
  if (pid < 0) return errno;
  if (pid == 0) run_child(prepared);
  writing.close();
  int code = 0;
  ssize_t got = 0;
  while ((got = read(reading.number(), &code, sizeof code)) < 0 && errno == EINTR) {
  }
  if (got <= 0) return 0;
  waitpid(pid, nullptr, 0);
  return code;
}

}  // namespace

std::string ChildProcess::handed_path(std::size_t index) {
  return "/proc/self/fd/" + std::to_string(handed_descriptor + static_cast<int>(index));
}

Result<ChildProcess> ChildProcess::start(const Options& options) {
  const std::string& program = options.arguments.front();
  const Descriptor input(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Descriptor output(open(options.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (output.number() < 0) return could_not_start(program, errno);
  const Descriptor directory(open(options.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (directory.number() < 0) return could_not_start(program, errno);
  Prepared prepared{.arguments = {},
                    .user = options.user ? &*options.user : nullptr,
                    .input = input.number(),
                    .output = output.number(),
                    .directory = directory.number(),
                    .report = -1,
                    .handed = {},
                    .death_signal = options.death_signal,
                    .parent = getpid()};
  for (const std::string& argument : options.arguments) {
    prepared.arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  prepared.arguments.push_back(nullptr);
  std::vector<Descriptor> handed;
  for (const auto& folder : options.handed) {
    handed.emplace_back(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (handed.back().number() < 0 || handed.size() > handed_max) return could_not_start(program, errno);
    prepared.handed.push_back(handed.back().number());
  }

  pid_t pid = -1;
  if (const int failed = fork_child(prepared, pid); failed != 0) return could_not_start(program, failed);
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));  // close-on-exec by itself
  if (handle >= 0) return ChildProcess(pid, handle);
  const int code = errno;
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  return could_not_start(program, code);
}

ChildProcess::~ChildProcess() {
  if (handle_ >= 0) close(handle_);
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds at_most) {
  if (exit_status_ || pid_ < 0) return exit_status_;
  const auto deadline = std::chrono::steady_clock::now() + at_most;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd ended{.fd = handle_, .events = POLLIN, .revents = 0};
    const int ready = poll(&ended, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0) break;
    if (ready == 0) return std::nullopt;
    if (errno != EINTR) return std::nullopt;
  }
  int status = 0;
  if (waitpid(pid_, &status, 0) == pid_) exit_status_ = status;
  return exit_status_;
}

void ChildProcess::send(int signal) const {
  // The handle, not the number: the number may have been given to another process once the child was reaped.
  if (handle_ >= 0 && !exit_status_) syscall(SYS_pidfd_send_signal, handle_, signal, nullptr, 0);
}

}  // namespace hermod::server
