#include "core/sync/backoff.hpp"

#include <algorithm>
#include <random>

namespace hermod::sync {

Backoff::milliseconds Backoff::next(const Error& error) {
  constexpr int doublings_max = 20;
  failures_ = std::min(failures_ + 1, doublings_max);
  const milliseconds ceiling = std::min(first_ * (std::int64_t{1} << (failures_ - 1)), longest_);
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<std::int64_t> jitter(ceiling.count() / 2, ceiling.count());
  return std::max(milliseconds(jitter(random)), error.retry.delay);
}

}  // namespace hermod::sync
