// Turn: a request of the plugin waits here until the server in memory lets it pass. A cancelled one leaves.
//
// Lives in the waiting coroutine's frame, on the session's strand; released from any thread.
#pragma once

#include "hermod/task.hpp"
#include "tests/support/memory_provider/memory_mailbox.hpp"

namespace hermod::memory {

class Turn final : public Waiter, private CancelHook {
 public:
  // A request in the line.
  Turn(MemoryMailbox& mailbox, Request kind, std::string of) : mailbox_(mailbox) {
    request = kind;
    collection = std::move(of);
  }
  // Until there is a change after `seen`.
  Turn(MemoryMailbox& mailbox, std::uint64_t seen) : mailbox_(mailbox), seen_(seen) {}

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> caller) {
    context_ = caller.promise().context;
    caller_ = caller;
    if (context_->cancelled()) {
      was_cancelled_ = true;
      return false;
    }
    context_->attach(*this);
    if (seen_) {
      mailbox_.watch(*this, *seen_);
    } else {
      mailbox_.line.enter(*this);
    }
    return true;
  }
  // The Error that was asked for, or that of the cancellation.
  Status await_resume() {
    (void)leave();  // whoever released it is out of post() once this has the lock
    context_->detach(*this);
    if (was_cancelled_) return context_->cancel_error();
    if (failure) return std::move(*failure);
    return ok();
  }
  void release() noexcept override { context_->strand().post(caller_); }

 private:
  bool leave() { return seen_ ? mailbox_.unwatch(*this) : mailbox_.line.withdraw(*this); }
  void on_cancel() noexcept override {
    was_cancelled_ = true;
    if (leave()) context_->strand().post(caller_);  // else it is posted already
  }

  MemoryMailbox& mailbox_;
  std::optional<std::uint64_t> seen_;
  Context* context_ = nullptr;
  std::coroutine_handle<> caller_;
  bool was_cancelled_ = false;
};

}  // namespace hermod::memory
