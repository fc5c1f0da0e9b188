// Strand, Context: where a session's coroutines run, and how they are cancelled.
//
// Every account session has one Strand: its coroutines never run at the same time, though they may hop threads.
// The host implements Strand; every leaf (socket, timer, HTTP, pool work) resumes its coroutine by Strand::post,
// a cancelled leaf too. A Context carries cancellation, the deadline and the trace id down a call tree; a task
// inherits it from whoever awaits it, so it is no parameter. All of it is used on the strand alone, no locks.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstdint>

#include "hermod/result.hpp"

namespace hermod {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

// `from` + `by`, which does not overflow.
constexpr TimePoint later(TimePoint from, Duration by) {
  return by > Duration::zero() && from > TimePoint::max() - by ? TimePoint::max() : from + by;
}

// Called once on the strand when its time has come, unless stopped before.
class Timer {
 public:
  virtual void on_timer() noexcept = 0;
  std::uint64_t host_key = 0;  // the host's own; 0 while not running

 protected:
  Timer() = default;
  ~Timer() = default;
  Timer(const Timer&) = delete;
};

// Implemented by the host.
class Strand {
 public:
  virtual void post(std::coroutine_handle<> coroutine) noexcept = 0;  // resumes it later, never inside this call
  virtual TimePoint now() const noexcept = 0;
  virtual void start_timer(Timer& timer, TimePoint at) noexcept = 0;
  virtual void stop_timer(Timer& timer) noexcept = 0;  // no effect when not running

 protected:
  ~Strand() = default;
};

// Something that wants to know of a cancellation; a link of its Context's list. on_cancel may not resume a
// coroutine: it posts.
class CancelHook {
 public:
  virtual void on_cancel() noexcept = 0;

 protected:
  CancelHook() = default;
  ~CancelHook() = default;
  CancelHook(const CancelHook&) = delete;

 private:
  friend class Context;
  CancelHook* next_ = nullptr;
  CancelHook** previous_ = nullptr;  // null: not linked
};

class Context final : private CancelHook, private Timer {
 public:
  // A root: made by the host for each call into a plugin.
  explicit Context(Strand& strand, std::uint64_t trace = 0) noexcept : strand_(&strand), trace_(trace) {}
  // A child is cancelled with its parent, and may be cancelled alone.
  explicit Context(Context& parent) noexcept
      : strand_(parent.strand_), parent_(&parent), trace_(parent.trace_), deadline_(parent.deadline_) {
    if (parent.cancelled_) {
      cancelled_ = true;
      reason_ = parent.reason_;
    } else {
      parent.attach(*this);
    }
  }
  ~Context() {
    if (host_key != 0) strand_->stop_timer(*this);
    if (parent_ != nullptr) parent_->detach(*this);
  }

  Strand& strand() const noexcept { return *strand_; }
  std::uint64_t trace() const noexcept { return trace_; }
  TimePoint deadline() const noexcept { return deadline_; }
  bool cancelled() const noexcept { return cancelled_; }
  // What a leaf answers once cancelled: Error{cancelled}, or Error{timeout} when the deadline passed.
  Error cancel_error() const {
    const bool late = reason_ == ErrorKind::timeout;
    return {reason_, ErrorScope::account, late ? Retry::after() : Retry::never(),
            late ? "the deadline passed" : "the call was cancelled", {}, {}, {}};
  }

  // From then on every leaf below answers cancel_error(). A second call has no effect.
  void cancel(ErrorKind reason = ErrorKind::cancelled) noexcept {
    if (cancelled_) return;
    cancelled_ = true;
    reason_ = reason;
    while (hooks_ != nullptr) {
      CancelHook* hook = hooks_;
      detach(*hook);
      hook->on_cancel();
    }
  }

  // Cancels this context with `timeout` at the given time; an earlier deadline that was set before stays.
  void set_deadline(TimePoint at) noexcept {
    if (at >= deadline_) return;
    deadline_ = at;
    if (host_key != 0) strand_->stop_timer(*this);
    strand_->start_timer(*this, at);
  }

  void attach(CancelHook& hook) noexcept {
    hook.next_ = hooks_;
    hook.previous_ = &hooks_;
    if (hooks_ != nullptr) hooks_->previous_ = &hook.next_;
    hooks_ = &hook;
  }
  void detach(CancelHook& hook) noexcept {
    if (hook.previous_ == nullptr) return;
    *hook.previous_ = hook.next_;
    if (hook.next_ != nullptr) hook.next_->previous_ = hook.previous_;
    hook.previous_ = nullptr;
  }

 private:
  void on_cancel() noexcept override { cancel(parent_->reason_); }
  void on_timer() noexcept override { cancel(ErrorKind::timeout); }

  Strand* strand_;
  Context* parent_ = nullptr;
  CancelHook* hooks_ = nullptr;
  std::uint64_t trace_ = 0;
  TimePoint deadline_ = TimePoint::max();
  ErrorKind reason_ = ErrorKind::cancelled;
  bool cancelled_ = false;
};

}  // namespace hermod
