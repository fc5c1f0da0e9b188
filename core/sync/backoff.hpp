// Backoff: how long to wait before the next try: doubling from `first` to `longest`, with full jitter in the upper
// half, or what the server asked for when that is longer.
#pragma once

#include "hermod/result.hpp"

namespace hermod::sync {

class Backoff {
 public:
  using milliseconds = std::chrono::milliseconds;
  explicit Backoff(milliseconds first = std::chrono::seconds(1), milliseconds longest = std::chrono::minutes(15))
      : first_(first), longest_(longest) {}

  milliseconds next(const Error& error);
  void reset() { failures_ = 0; }

 private:
  milliseconds first_, longest_;
  int failures_ = 0;
};

}  // namespace hermod::sync
