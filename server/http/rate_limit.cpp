#include "server/http/rate_limit.hpp"

#include <algorithm>

#include "server/failure.hpp"

namespace hermod::server {

double RateLimit::refilled(const Bucket& bucket, Clock::time_point now) const {
  const double seconds = std::chrono::duration<double>(now - bucket.filled).count();
  return std::min(bucket.tokens + seconds * per_second_, per_second_);
}

Status RateLimit::admit(std::string_view caller, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (buckets_.size() >= callers_max) {
    std::erase_if(buckets_, [&](const auto& entry) { return refilled(entry.second, now) >= per_second_; });
    // All in use: rather one caller uncounted than memory without bound.
    if (buckets_.size() >= callers_max) return ok();
  }
  Bucket& bucket = buckets_.try_emplace(std::string(caller), per_second_, now).first->second;
  bucket.tokens = refilled(bucket, now);
  bucket.filled = now;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return ok();
  }
  Error error =
      failure(ErrorKind::rate_limited, "too many requests", "wait as Retry-After says; see [limits]");
  error.retry = Retry::after(
      std::chrono::milliseconds(static_cast<std::int64_t>((1 - bucket.tokens) * 1000 / per_second_) + 1));
  return error;
}

}  // namespace hermod::server
