// InlineStrand: runs the plugin API's tasks in a test, on the test's own thread.
//
// A stepped strand with a fixed order and a manual clock: time passes only by advance(), or when a call has
// nothing else to do and jumps to the next timer. Nothing sleeps. One thread; outlives everything that runs
// on it.
#pragma once

#include <algorithm>
#include <deque>
#include <map>

#include "core/conformance/stepped_strand.hpp"

namespace hermod::test {

using conformance::Call;
using conformance::Drain;
using conformance::SteppedStrand;

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

}  // namespace hermod::test
