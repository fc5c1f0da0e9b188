// RateLimiter: a token bucket for each API key or grant. A bucket holds one second's requests and refills evenly.
//
// Owner: the api role; each process counts for itself. Threads: any. Limits: buckets_max; beyond it full buckets, which
// say nothing, are dropped, and if none is full, all are.
#pragma once

#include <chrono>
#include <hermod/result.hpp>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace hermod::server {

class RateLimiter {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t buckets_max = 50'000;

  // 0: no limit.
  explicit RateLimiter(std::int64_t requests_per_second) : per_second_(static_cast<double>(requests_per_second)) {}

  // Takes one request of `name`. Error{rate_limited} with the time until there is one again.
  Status take(std::string_view name, Clock::time_point now = Clock::now());

 private:
  struct Bucket {
    double tokens;
    Clock::time_point filled_at;
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  double tokens_at(const Bucket& bucket, Clock::time_point now) const;
  void make_room(Clock::time_point now);

  const double per_second_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket, Hash, std::equal_to<>> buckets_;
};

}  // namespace hermod::server
