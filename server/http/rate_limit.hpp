// RateLimit: a token bucket for each key or grant; a burst of one second's worth is allowed.
// Thread-safe. Limit: callers_max buckets; when that many are in use, the ones that are full again are
// dropped.
#pragma once

#include <chrono>
#include <hermod/result.hpp>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace hermod::server {

class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t callers_max = 100'000;

  explicit RateLimit(std::int64_t per_second) : per_second_(static_cast<double>(per_second)) {}

  // Takes one token. `rate_limited` with the time to wait when there is none.
  Status admit(std::string_view caller, Clock::time_point now = Clock::now());

 private:
  struct Bucket {
    double tokens;
    Clock::time_point filled;
  };

  double refilled(const Bucket& bucket, Clock::time_point now) const;

  double per_second_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace hermod::server
