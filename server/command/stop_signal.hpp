// StopSignal: SIGTERM, SIGINT and SIGHUP as a thing to wait for. The first one asks for an orderly stop; a
// second one, or an orderly stop that takes too long, ends the process at once.
//
// Owner: `hermod serve`, one. block() before any other thread is started, so that all of them inherit the
// mask.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace hermod::server {

class StopSignal {
 public:
  static void block();

  // `stop_max`: how long after the first signal the process may go on, unless it is given more.
  explicit StopSignal(std::chrono::seconds stop_max);
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  // After a stop was asked for: so long from now, whatever it was before.
  void give(std::chrono::seconds more);

  // True as soon as a stop was asked for, false after `at_most`.
  bool wait(std::chrono::milliseconds at_most);

 private:
  void listen(std::chrono::seconds stop_max);
  std::optional<std::chrono::seconds> time_left();

  std::mutex mutex_;
  std::condition_variable changed_;
  bool asked_ = false;
  std::chrono::steady_clock::time_point until_{};  // once a stop was asked for
  bool done_ = false;
  std::thread thread_;
};

}  // namespace hermod::server
