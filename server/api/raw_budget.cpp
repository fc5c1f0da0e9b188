#include "server/api/raw_budget.hpp"

#include <algorithm>

#include "server/failure.hpp"

namespace hermod::server {

Result<RawBudget::Part> RawBudget::take(std::uint64_t bytes) {
  bytes = std::min(bytes, total_);
  std::unique_lock lock(mutex_);
  if (!freed_.wait_for(lock, wait_max_, [&] { return free_ >= bytes; })) {
    return failure(ErrorKind::unavailable, "too many raw messages and attachments are being read",
                   "try again, with fewer at once");
  }
  free_ -= bytes;
  return Part(this, [bytes](RawBudget* budget) { budget->give_back(bytes); });
}

void RawBudget::give_back(std::uint64_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    free_ += bytes;
  }
  freed_.notify_all();
}

}  // namespace hermod::server
