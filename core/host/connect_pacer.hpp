// ConnectPacer: how long a connection waits for its turn, so that no server is asked for more than so many a second,
// whoever of us asks and for whatever reason: a start, a second connection, an outage after which all come back.
//
// A second's worth may come at once; beyond it each waits for its own moment, with jitter, first come, first served.
// Owner: EgressNet. Thread-safe. Limits: servers_max are remembered; those that were left alone for long are forgotten.
#pragma once

#include <map>
#include <mutex>
#include <random>
#include <string>

#include <hermod/context.hpp>

namespace hermod::host {

class ConnectPacer {
 public:
  static constexpr std::size_t servers_max = 10'000;

  // 0: no limit.
  explicit ConnectPacer(unsigned per_second) noexcept : per_second_(per_second) {}

  // Takes a turn, which is used up even if nobody connects in the end, and says how long to wait for it.
  Duration take_turn(const std::string& server, TimePoint now);

 private:
  const unsigned per_second_;
  std::mutex mutex_;
  std::map<std::string, TimePoint> used_until_;  // by server: when all the turns taken are over
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace hermod::host
