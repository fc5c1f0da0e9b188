#include "core/host/thread_event.hpp"

namespace hermod::host {

void ThreadEvent::notify() noexcept {
  std::coroutine_handle<> woken;
  Strand* strand = nullptr;
  {
    std::lock_guard lock(mutex_);
    woken = std::exchange(waiter_, {});
    strand = strand_;
    notified_ = !woken;
  }
  if (woken) strand->post(woken);
}

bool ThreadEvent::Awaiter::begin(Context& context, std::coroutine_handle<> caller) noexcept {
  context_ = &context;
  if (cancellation_ == Cancellation::wakes) {
    if (context.cancelled()) {
      cut_short_ = true;
      return false;
    }
    context.attach(*this);
  }
  // From the end of this block on the waiter may be resumed: it is on this strand, so not before this
  // returns.
  std::lock_guard lock(event_->mutex_);
  if (std::exchange(event_->notified_, false)) return false;
  event_->waiter_ = caller;
  event_->strand_ = &context.strand();
  return true;
}

void ThreadEvent::Awaiter::on_cancel() noexcept {
  std::coroutine_handle<> woken;
  {
    std::lock_guard lock(event_->mutex_);
    woken = std::exchange(event_->waiter_, {});
  }
  if (!woken) return;  // it was notified before, and resumes for that
  cut_short_ = true;
  context_->strand().post(woken);
}

}  // namespace hermod::host
