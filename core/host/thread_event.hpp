// ThreadEvent: lets another thread, or another strand, wake the one coroutine that waits here.
//
// Owner: an object that both sides share. notify() from any thread; wait() by one coroutine at a time. A
// notify that nobody waits for is kept, once: look at the shared state, then wait, in a loop.
#pragma once

#include <mutex>

#include <hermod/wait_queue.hpp>

namespace hermod::host {

class ThreadEvent {
 public:
  using Cancellation = WaitQueue::Cancellation;

  class Awaiter final : private CancelHook {
   public:
    Awaiter(ThreadEvent& event, Cancellation cancellation) noexcept
        : event_(&event), cancellation_(cancellation) {}
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> caller) noexcept {
      return begin(*caller.promise().context, caller);
    }
    // Success when notified; the context's cancel_error() when cancelled first.
    Status await_resume() {
      context_->detach(*this);
      if (cut_short_) return context_->cancel_error();
      return ok();
    }

   private:
    bool begin(Context& context, std::coroutine_handle<> caller) noexcept;
    void on_cancel() noexcept override;

    ThreadEvent* event_;
    Cancellation cancellation_;
    Context* context_ = nullptr;
    bool cut_short_ = false;
  };

  ThreadEvent() = default;
  ThreadEvent(const ThreadEvent&) = delete;
  void notify() noexcept;
  Awaiter wait(Cancellation cancellation = Cancellation::wakes) noexcept {
    return Awaiter(*this, cancellation);
  }

 private:
  std::mutex mutex_;
  bool notified_ = false;
  std::coroutine_handle<> waiter_{};
  Strand* strand_ = nullptr;  // of the waiter
};

}  // namespace hermod::host
