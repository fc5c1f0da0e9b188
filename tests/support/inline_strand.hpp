// SteppedStrand, InlineStrand, Call: run the plugin API's tasks in a test, on the test's own thread.
//
// A stepped strand does one thing at a time when told to. The inline strand does so in a fixed order, with a
// manual clock: time passes only by advance(), or when a call has nothing else to do and jumps to the next
// timer. Nothing sleeps. A task that waits for something that nobody will do is cancelled and answers
// Error{internal}, so that a test fails instead of hanging. One thread; outlives everything that runs on it.
#pragma once

#include <algorithm>
#include <deque>
#include <map>

#include "hermod/task.hpp"

namespace hermod::test {

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

class InlineStrand final : public Strand, public SteppedStrand {
 public:
  static constexpr std::size_t resumes_max =
      10'000'000;  // of one drain: a task that spins is an endless loop

  InlineStrand() = default;
  InlineStrand(const InlineStrand&) = delete;

  Strand& strand() override { return *this; }
  void post(std::coroutine_handle<> coroutine) noexcept override { ready_.push_back(coroutine); }
  TimePoint now() const noexcept override { return now_; }
  void start_timer(Timer& timer, TimePoint at) noexcept override {
    timer.host_key = ++last_key_;
    timers_.emplace(std::pair{at, timer.host_key}, &timer);
  }
  void stop_timer(Timer& timer) noexcept override {
    if (timer.host_key == 0) return;
    std::erase_if(timers_, [&](const auto& entry) { return entry.second == &timer; });
    timer.host_key = 0;
  }

  bool step() override {
    while (ready_.empty() && !timers_.empty()) fire_next_timer();
    return resume_one();
  }
  // Time stands still.
  void drain() override {
    for (std::size_t resumes = 0; resume_one(); ++resumes) {
      if (resumes >= resumes_max) rule_broken("a task on the inline strand spins");
    }
  }
  // Lets the time pass; timers fire at their times, in order, each followed by what it made ready.
  void advance(Duration duration) {
    const TimePoint until = now_ + duration;
    drain();
    while (!timers_.empty() && timers_.begin()->first.first <= until) {
      fire_next_timer();
      drain();
    }
    now_ = until;
  }
  std::size_t timers() const noexcept { return timers_.size(); }
  bool idle() const noexcept { return ready_.empty(); }

 private:
  bool resume_one() {
    if (ready_.empty()) return false;
    const std::coroutine_handle<> next = ready_.front();
    ready_.pop_front();
    next.resume();
    return true;
  }
  void fire_next_timer() {
    const auto first = timers_.begin();
    Timer& timer = *first->second;
    now_ = std::max(now_, first->first.first);
    timers_.erase(first);
    timer.host_key = 0;
    timer.on_timer();
  }

  TimePoint now_{std::chrono::hours(1)};
  std::uint64_t last_key_ = 0;
  std::deque<std::coroutine_handle<>> ready_;
  std::map<std::pair<TimePoint, std::uint64_t>, Timer*> timers_;
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

}  // namespace hermod::test
