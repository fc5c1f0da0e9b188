// Small tasks that the tests of the plugin API put together. One thread, on an InlineStrand.
#pragma once

#include <hermod/channel.hpp>
#include <hermod/race.hpp>

#include "support/inline_strand.hpp"

namespace hermod::test {

using Number = Result<int>;

// Waits that long on the strand's own clock; a leaf like those of the host.
class Pause final : private Timer, private CancelHook {
 public:
  explicit Pause(Duration duration) noexcept : duration_(duration) {}
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> caller) noexcept {
    context_ = caller.promise().context;
    caller_ = caller;
    if (context_->cancelled()) return false;
    context_->attach(*this);
    context_->strand().start_timer(*this, context_->strand().now() + duration_);
    return true;
  }
  Status await_resume() const { return elapsed_ ? ok() : Status(context_->cancel_error()); }

 private:
  void on_timer() noexcept override {
    elapsed_ = true;
    context_->detach(*this);
    context_->strand().post(caller_);
  }
  void on_cancel() noexcept override {
    context_->strand().stop_timer(*this);
    context_->strand().post(caller_);
  }
  Duration duration_;
  Context* context_ = nullptr;
  std::coroutine_handle<> caller_{};
  bool elapsed_ = false;
};

inline Task<Number> number_after(int number, Duration duration) {
  if (Status waited = co_await Pause(duration); !waited) co_return std::move(waited).error();
  co_return number;
}
inline Task<Number> number_now(int number) { co_return number; }
inline Task<Number> failure_after(ErrorKind kind, Duration duration) {
  if (Status waited = co_await Pause(duration); !waited) co_return std::move(waited).error();
  co_return Error{kind, ErrorScope::account, Retry::never(), "as the test wants", {}, {}, {}};
}
inline Task<Status> wait_status(Duration duration) { co_return co_await Pause(duration); }
inline Task<Status> fail_status(ErrorKind kind, Duration duration) {
  const Number failed = co_await failure_after(kind, duration);
  co_return failed.error();
}

inline constexpr Duration tick = std::chrono::milliseconds(1);

}  // namespace hermod::test
