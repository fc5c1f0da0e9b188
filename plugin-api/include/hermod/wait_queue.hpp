// WaitQueue: coroutines of one strand waiting for something, first come first served. What Semaphore, AsyncMutex,
// Channel and TaskGroup are made of.
#pragma once

#include "hermod/task.hpp"

namespace hermod {

class WaitQueue {
 public:
  enum class Cancellation : std::uint8_t { wakes, ignored };

  class Awaiter final : private CancelHook {
   public:
    explicit Awaiter(WaitQueue& queue, Cancellation cancellation) noexcept
        : queue_(&queue), cancellation_(cancellation) {}
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> caller) noexcept {
      context_ = caller.promise().context;
      caller_ = caller;
      if (cancellation_ == Cancellation::wakes) {
        if (context_->cancelled()) {
          was_cancelled_ = true;
          return false;
        }
        context_->attach(*this);
      }
      queue_->link(*this);
      return true;
    }
    // Success when woken; the context's cancel_error() when cancelled first.
    Status await_resume() const {
      if (was_cancelled_) return context_->cancel_error();
      return ok();
    }

   private:
    friend class WaitQueue;
    void on_cancel() noexcept override {
      queue_->unlink(*this);
      was_cancelled_ = true;
      context_->strand().post(caller_);
    }

    WaitQueue* queue_;
    Cancellation cancellation_;
    bool was_cancelled_ = false;
    Context* context_ = nullptr;
    std::coroutine_handle<> caller_{};
    Awaiter* next_ = nullptr;
    Awaiter* previous_ = nullptr;
  };

  WaitQueue() = default;
  WaitQueue(const WaitQueue&) = delete;
  ~WaitQueue() {
    if (first_ != nullptr) rule_broken("a wait queue was destroyed while a coroutine waits in it");
  }

  Awaiter wait(Cancellation cancellation = Cancellation::wakes) noexcept { return Awaiter(*this, cancellation); }
  bool empty() const noexcept { return first_ == nullptr; }
  // False when nobody waits.
  bool wake_one() noexcept {
    if (first_ == nullptr) return false;
    Awaiter& awaiter = *first_;
    unlink(awaiter);
    if (awaiter.cancellation_ == Cancellation::wakes) awaiter.context_->detach(awaiter);
    awaiter.context_->strand().post(awaiter.caller_);
    return true;
  }
  void wake_all() noexcept {
    while (wake_one()) {
    }
  }

 private:
  void link(Awaiter& awaiter) noexcept {
    awaiter.previous_ = last_;
    (last_ != nullptr ? last_->next_ : first_) = &awaiter;
    last_ = &awaiter;
  }
  void unlink(Awaiter& awaiter) noexcept {
    (awaiter.previous_ != nullptr ? awaiter.previous_->next_ : first_) = awaiter.next_;
    (awaiter.next_ != nullptr ? awaiter.next_->previous_ : last_) = awaiter.previous_;
    awaiter.next_ = awaiter.previous_ = nullptr;
  }

  Awaiter* first_ = nullptr;
  Awaiter* last_ = nullptr;
};

}  // namespace hermod
