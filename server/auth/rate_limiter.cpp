#include "server/auth/rate_limiter.hpp"

#include <algorithm>

#include "server/failure.hpp"

namespace hermod::server {

Status RateLimiter::take(std::string_view name, Clock::time_point now) {
  if (per_second_ <= 0) return ok();
  const std::lock_guard lock(mutex_);
  auto found = buckets_.find(name);
  if (found == buckets_.end()) {
    make_room(now);
    found = buckets_.emplace(name, Bucket{per_second_, now}).first;
  }
  Bucket& bucket = found->second;
  bucket = {tokens_at(bucket, now), std::max(bucket.filled_at, now)};
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return ok();
  }
  Error error = failure(ErrorKind::rate_limited, "too many requests", "wait as long as Retry-After says");
  const std::chrono::duration<double> missing((1 - bucket.tokens) / per_second_);
  error.retry = Retry::after(std::chrono::ceil<std::chrono::milliseconds>(missing));
  return error;
}

double RateLimiter::tokens_at(const Bucket& bucket, Clock::time_point now) const {
  if (now <= bucket.filled_at) return bucket.tokens;
  const std::chrono::duration<double> passed = now - bucket.filled_at;
  return std::min(per_second_, bucket.tokens + passed.count() * per_second_);
}

void RateLimiter::make_room(Clock::time_point now) {
  if (buckets_.size() < buckets_max) return;
  std::erase_if(buckets_, [&](const auto& entry) { return tokens_at(entry.second, now) >= per_second_; });
  if (buckets_.size() >= buckets_max) buckets_.clear();
}

}  // namespace hermod::server
