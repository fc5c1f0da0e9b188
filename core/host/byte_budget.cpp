#include "core/host/byte_budget.hpp"

#include <algorithm>

namespace hermod::host {

Task<Result<ByteBudget::Permit>> ByteBudget::acquire(std::uint64_t bytes) {
  bytes = std::min(bytes, total_);
  const auto waiter = std::make_shared<Waiter>();
  waiter->bytes = bytes;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty() && bytes <= free_) {
      free_ -= bytes;
      co_return Permit(*this, bytes);
    }
    waiting_.push_back(waiter);
  }
  Status woken = co_await waiter->event.wait();
  if (woken) co_return Permit(*this, bytes);
  bool granted = false;
  {
    const std::lock_guard lock(mutex_);
    granted = waiter->granted;
    if (!granted) waiting_.remove(waiter);
  }
  // Also without a part of one's own: those behind may fit where this one did not.
  give_back(granted ? bytes : 0);
  co_return std::move(woken).error();
}

void ByteBudget::give_back(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  free_ += bytes;
  while (!waiting_.empty() && waiting_.front()->bytes <= free_) {
    const std::shared_ptr<Waiter> next = std::move(waiting_.front());
    waiting_.pop_front();
    free_ -= next->bytes;
    next->granted = true;
    next->event.notify();
  }
}

}  // namespace hermod::host
