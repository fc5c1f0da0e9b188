#include "server/command/stop_signal.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "server/log/log.hpp"

namespace hermod::server {
namespace {

constexpr int forced_exit = 130;  // as a shell reports SIGINT
constexpr int wake_up = SIGUSR1;  // from our own destructor

sigset_t handled() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, wake_up}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void StopSignal::block() {
  const sigset_t set = handled();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

StopSignal::StopSignal(std::chrono::seconds stop_max) : thread_([this, stop_max] { listen(stop_max); }) {}

StopSignal::~StopSignal() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  pthread_kill(thread_.native_handle(), wake_up);
  thread_.join();
}

void StopSignal::listen(std::chrono::seconds stop_max) {
  const sigset_t set = handled();
  int signal = 0;
  for (;;) {
    if (const auto left = time_left()) {
      const timespec limit{.tv_sec = static_cast<std::time_t>(left->count()), .tv_nsec = 0};
      signal = sigtimedwait(&set, nullptr, &limit);
    } else {
      sigwait(&set, &signal);
    }
    const std::lock_guard lock(mutex_);
    if (done_) return;
    if (signal == wake_up) continue;
    if (asked_) {
      if (signal < 0 && errno == EINTR) continue;
      log::error("server.stop_forced",
                 {{"reason", signal < 0 ? "the stop took too long" : "a second signal"}});
      _exit(forced_exit);
    }
    asked_ = true;
    until_ = std::chrono::steady_clock::now() + stop_max;
    changed_.notify_all();
  }
}

std::optional<std::chrono::seconds> StopSignal::time_left() {
  const std::lock_guard lock(mutex_);
  if (!asked_) return std::nullopt;
  const auto left = std::chrono::ceil<std::chrono::seconds>(until_ - std::chrono::steady_clock::now());
  return std::max(left, std::chrono::seconds(0));
}

void StopSignal::give(std::chrono::seconds more) {
  {
    const std::lock_guard lock(mutex_);
    if (!asked_) return;
    until_ = std::chrono::steady_clock::now() + more;
  }
  pthread_kill(thread_.native_handle(), wake_up);
}

bool StopSignal::wait(std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, at_most, [this] { return asked_; });
}

}  // namespace hermod::server
