// ChildProcess: one program started by fork and exec, which dies when we do.
//
// Owner: whoever started it; the destructor does NOT stop it. Thread rule: start() on a thread
// that lives as long as the child should, in practice the main thread: PR_SET_PDEATHSIG fires when the
// forking THREAD ends. The child gets its own process group (a Ctrl-C at the terminal reaches us alone), an
// empty signal mask, a minimal environment, no file descriptor but 0, 1, 2 and the folders handed over.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <hermod/result.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hermod::server {

// A user to become before exec.
struct OsUser {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
};

class ChildProcess {
 public:
  struct Options {
    std::vector<std::string> arguments;  // the first is the program's path
    std::filesystem::path directory;     // where it runs
    std::filesystem::path output;        // file that its output is appended to
    std::optional<OsUser> user{};        // absent: ours
    int death_signal = 0;                // sent to it when we die
    // Folders that it reaches as handed_path(0), handed_path(1), … also where its user may not pass through
    // their parents.
    std::vector<std::filesystem::path> handed{};
  };
  static constexpr std::size_t handed_max = 8;

  static std::string handed_path(std::size_t index);

  // On failure nothing runs, and the message names the program and the system's reason.
  static Result<ChildProcess> start(const Options& options);

  ChildProcess(ChildProcess&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)),
        handle_(std::exchange(other.handle_, -1)),
        exit_status_(std::exchange(other.exit_status_, std::nullopt)) {}
  ChildProcess& operator=(ChildProcess&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(handle_, other.handle_);
    std::swap(exit_status_, other.exit_status_);
    return *this;
  }
  ~ChildProcess();

  pid_t pid() const { return pid_; }

  // Waits at most this long; the exit status as waitpid() gives it, nothing while it runs.
  std::optional<int> wait(std::chrono::milliseconds at_most);

  void send(int signal) const;

 private:
  ChildProcess(pid_t pid, int handle) : pid_(pid), handle_(handle) {}

  pid_t pid_;
  int handle_;  // pidfd: becomes readable when the child ends
  std::optional<int> exit_status_;
};

}  // namespace hermod::server
