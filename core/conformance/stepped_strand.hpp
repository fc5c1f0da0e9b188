// SteppedStrand, Call: a strand that does one thing at a time when told to, so that a check can act, or
// cancel a call, between any two of them.
//
// One thread; outlives everything that runs on it. A task that waits for something that nobody will do is
// cancelled and answers Error{internal}, so that a check fails instead of hanging.
#pragma once

#include "hermod/task.hpp"

namespace hermod::conformance {

class SteppedStrand {
 public:
  virtual Strand& strand() = 0;
  // Resumes one coroutine; when none is ready, first lets happen what comes next. False: nothing ever will.
  virtual bool step() = 0;
  // The same for a call that may wait without end: false, too, when nothing happened for a short while.
  virtual bool step_soon() { return step(); }
  // Resumes what is ready, and what becomes ready by it.
  virtual void drain() = 0;

  // The task's result, under a root context of its own.
  template <class T>
  T run(Task<T> task);

 protected:
  ~SteppedStrand() = default;
};

enum class Drain : std::uint8_t { no, yes };  // whether a call begins with all that is ready

// A task that runs while the test does something else. Its destructor cancels it and waits for its end.
template <class T>
class Call final : private CompletionHook {
 public:
  Call(SteppedStrand& strand, Task<T> task, Drain drain = Drain::yes)
      : strand_(&strand), context_(strand.strand()), task_(std::move(task)) {
    task_.start(context_, *this);
    if (drain == Drain::yes) strand_->drain();
  }
  Call(const Call&) = delete;
  ~Call() {
    if (done_) return;
    context_.cancel();
    finish();
    if (!done_) rule_broken("a task ignores its cancellation");
  }

  bool done() const noexcept { return done_; }
  // From then on its leaves answer Error{cancelled}; what follows from it has happened when this returns.
  void cancel() {
    context_.cancel();
    strand_->drain();
  }
  // Runs the strand until the task is done, timers included, and gives its result, once. A task that can
  // never be done by itself is cancelled first and gives Error{internal}.
  T result() {
    finish();
    if (done_) return task_.take_result();
    context_.cancel();
    finish();
    if (!done_) rule_broken("a task ignores its cancellation");
    return Error{ErrorKind::internal,
                 ErrorScope::account,
                 Retry::never(),
                 "the task waits for what nobody does",
                 {},
                 {},
                 {}};
  }

 private:
  void on_done() noexcept override { done_ = true; }
  void finish() {
    while (!done_ && strand_->step()) {
    }
  }

  SteppedStrand* strand_;
  Context context_;
  Task<T> task_;
  bool done_ = false;
};

template <class T>
T SteppedStrand::run(Task<T> task) {
  return Call<T>(*this, std::move(task)).result();
}

}  // namespace hermod::conformance
