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

// What the child needs, gathered before the fork: after it, only async-signal-safe calls are allowed.
struct Prepared {
  std::vector<char*> arguments;
  const char* directory;
  const OsUser* user;
  int output;
  int input;
  int report;  // errno is written here when something fails
  int death_signal;
  pid_t parent;
};

[[noreturn]] void give_up(const Prepared& prepared) {
  const int code = errno;
  [[maybe_unused]] const auto written = write(prepared.report, &code, sizeof code);
  _exit(127);
}

// Raw system calls: glibc's wrappers would try to change the other threads too, of which the child has none.
bool become(const OsUser& user) {
  return syscall(SYS_setgroups, user.groups.size(), user.groups.data()) == 0 &&
         syscall(SYS_setresgid, user.gid, user.gid, user.gid) == 0 &&
         syscall(SYS_setresuid, user.uid, user.uid, user.uid) == 0;
}

[[noreturn]] void run_child(const Prepared& prepared) {
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  if (prepared.user != nullptr && !become(*prepared.user)) give_up(prepared);
  // After the change of user, which clears it; then the check that the parent did not die in between.
  if (prepared.death_signal != 0 && prctl(PR_SET_PDEATHSIG, prepared.death_signal) != 0) give_up(prepared);
  if (getppid() != prepared.parent) _exit(127);
  if (chdir(prepared.directory) != 0) give_up(prepared);
  umask(0077);

  if (dup2(prepared.input, 0) < 0 || dup2(prepared.output, 1) < 0 || dup2(prepared.output, 2) < 0)
    give_up(prepared);
  constexpr int report = 3;  // the only other descriptor, closed by exec
  if (prepared.report != report && dup2(prepared.report, report) < 0) give_up(prepared);
  fcntl(report, F_SETFD, FD_CLOEXEC);
  syscall(SYS_close_range, report + 1, ~0U, 0);

  static char path[] = "PATH=/usr/bin:/bin";
  static char locale[] = "LC_ALL=C.UTF-8";
  static char* const environment[] = {path, locale, nullptr};
  execve(prepared.arguments.front(), prepared.arguments.data(), environment);
  Prepared failed = prepared;
  failed.report = report;
  give_up(failed);
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const Options& options) {
  const std::string& program = options.arguments.front();
  Prepared prepared{.arguments = {},
                    .directory = options.directory.c_str(),
                    .user = options.user ? &*options.user : nullptr,
                    .output = open(options.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600),
                    .input = open("/dev/null", O_RDONLY | O_CLOEXEC),
                    .report = -1,
                    .death_signal = options.death_signal,
                    .parent = getpid()};
  for (const std::string& argument : options.arguments) {
    prepared.arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  prepared.arguments.push_back(nullptr);

  int report[2] = {-1, -1};
  pid_t pid = -1;
  int code = 0;
  if (prepared.output >= 0 && prepared.input >= 0 && pipe2(report, O_CLOEXEC) == 0) {
    prepared.report = report[1];
    pid = fork();
    if (pid == 0) run_child(prepared);
  }
  if (pid < 0) code = errno;
  for (const int descriptor : {prepared.output, prepared.input, report[1]}) {
    if (descriptor >= 0) close(descriptor);
  }
  if (pid > 0) {
    ssize_t got = 0;
    while ((got = read(report[0], &code, sizeof code)) < 0 && errno == EINTR) {
    }
    if (got > 0) waitpid(pid, nullptr, 0);
  }
  if (report[0] >= 0) close(report[0]);
  if (code != 0) return could_not_start(program, code);

  const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));  // close-on-exec by itself
  if (handle >= 0) return ChildProcess(pid, handle);
  code = errno;
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
