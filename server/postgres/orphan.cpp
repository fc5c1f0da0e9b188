#include "server/postgres/orphan.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <thread>

#include "server/failure.hpp"
#include "server/log/log.hpp"

namespace hermod::server {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto fast_shutdown_max = 60s;
constexpr auto immediate_shutdown_max = 10s;
constexpr auto poll_interval = 20ms;

// The program's file name; an upgrade of the package appends " (deleted)".
bool is_postgres(const std::filesystem::path& process) {
  std::error_code failed;
  const std::string program = std::filesystem::read_symlink(process / "exe", failed).filename().string();
  return !failed && (program == "postgres" || program == "postgres (deleted)");
}

// Every process of PostgreSQL works in the data folder; a shell that stands in it does not count.
std::vector<pid_t> processes_in(const std::filesystem::path& data) {
  struct stat folder{};
  if (stat(data.c_str(), &folder) != 0) return {};
  std::vector<pid_t> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename().string();
    pid_t pid = 0;
    const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (code != std::errc{} || *end != '\0') continue;
    struct stat place{};
    if (stat((entry.path() / "cwd").c_str(), &place) != 0) continue;
    if (place.st_dev != folder.st_dev || place.st_ino != folder.st_ino) continue;
    if (is_postgres(entry.path())) found.push_back(pid);
  }
  return found;
}

pid_t parent_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  std::string line;
  constexpr std::string_view field = "PPid:\t";
  while (std::getline(file, line)) {
    if (line.starts_with(field)) return std::atoi(line.c_str() + field.size());
  }
  return 0;
}

// A postmaster's children end with it; a signal to all of them at once would look like a crash.
void signal_postmasters(const std::vector<pid_t>& processes, int signal) {
  for (const pid_t pid : processes) {
    if (std::ranges::find(processes, parent_of(pid)) == processes.end()) kill(pid, signal);
  }
}

bool gone_within(const std::filesystem::path& data, std::chrono::milliseconds at_most) {
  const auto deadline = Clock::now() + at_most;
  while (!processes_in(data).empty()) {
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(poll_interval);
  }
  return true;
}

bool stop_all(const std::filesystem::path& data) {
  signal_postmasters(processes_in(data), SIGINT);
  if (gone_within(data, fast_shutdown_max)) return true;
  signal_postmasters(processes_in(data), SIGQUIT);
  if (gone_within(data, immediate_shutdown_max)) return true;
  for (const pid_t pid : processes_in(data)) kill(pid, SIGKILL);
  return gone_within(data, immediate_shutdown_max);
}

}  // namespace

Status clear_orphans(const ClusterLayout& layout) {
  if (const auto found = processes_in(layout.data); !found.empty()) {
    log::warn("database.orphan_found", {{"processes", found.size()}});
    if (!stop_all(layout.data)) {
      return failure(ErrorKind::unavailable,
                     "could not stop the PostgreSQL that a killed hermod left in " + layout.data.string(),
                     "stop process " + std::to_string(found.front()) + " and start again");
    }
  }
  // Safe only because nothing runs here any more: the pid file also guards against surviving child processes.
  std::error_code ignored;
  std::filesystem::remove(layout.data / "postmaster.pid", ignored);
  std::filesystem::remove(layout.socket_file(), ignored);
  std::filesystem::remove(layout.socket_file().string() + ".lock", ignored);
  return ok();
}

}  // namespace hermod::server
