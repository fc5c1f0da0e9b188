// Root<T>, run_blocking: how code outside of coroutines starts a task, cancels it and gets its result.
//
// Owner: anyone; a Root is a handle that may be copied, dropped or moved to another thread. The running task,
// its Context and its strand own themselves until it is done. Threads: start, cancel, done, wait and join
// from any, but wait, join and run_blocking never from a network thread (they block). Works on any Strand.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include <hermod/race.hpp>

#include "core/host/runtime.hpp"

namespace hermod::host {

// Runs `function` on the strand, later. For the host's own work between coroutines.
void run_on(Strand& strand, std::function<void()> function);

template <class T>
class Root {
 public:
  using OnDone = std::function<void(T)>;

  Root() = default;
  // The task is started on the strand. With an `on_done` the result goes to it, on the strand, and wait() has
  // none.
  static Root start(Runtime& runtime, std::shared_ptr<Strand> strand, Task<T> task, OnDone on_done = {},
                    std::uint64_t trace = 0) {
    auto state = std::make_shared<State>(runtime, std::move(strand), std::move(task), std::move(on_done));
    runtime.root_started();
    run_on(*state->strand_, [state, trace] { state->begin(state, trace); });
    return Root(std::move(state));
  }

  bool valid() const noexcept { return state_ != nullptr; }
  bool done() const {
    std::lock_guard lock(state_->mutex_);
    return state_->done_;
  }
  // From then on the task's leaves answer Error{reason}. No effect once done.
  void cancel(ErrorKind reason = ErrorKind::cancelled) {
    if (done()) return;
    run_on(*state_->strand_, [state = state_, reason] {
      if (state->context_) state->context_->cancel(reason);
    });
  }
  // Blocks until the task is done.
  void join() const {
    std::unique_lock lock(state_->mutex_);
    state_->finished_.wait(lock, [this] { return state_->done_; });
  }
  // Blocks until the task is done and gives its result, once; Error{internal} when somebody took it before.
  T wait() {
    join();
    std::optional<T> result = std::exchange(state_->result_, std::nullopt);
    if (result) return std::move(*result);
    return T(Error{
        ErrorKind::internal, ErrorScope::account, Retry::never(), "the result was taken before", {}, {}, {}});
  }

 private:
  struct State final : CompletionHook {
    State(Runtime& runtime, std::shared_ptr<Strand> strand, Task<T> task, OnDone on_done)
        : runtime_(&runtime),
          strand_(std::move(strand)),
          task_(std::move(task)),
          on_done_(std::move(on_done)) {}

    void begin(std::shared_ptr<State> self, std::uint64_t trace) {
      self_ = std::move(self);
      context_.emplace(*strand_, trace);
      task_.start(*context_, *this);
    }
    // Frees the coroutine here, on the strand, before anyone outside can know that it is done.
    void on_done() noexcept override {
      std::shared_ptr<State> self = std::move(self_);
      std::optional<T> result(task_.take_result());
      task_ = {};
      context_.reset();
      runtime_->root_done();  // what is left runs on a thread that the runtime joins
      if (on_done_) {
        std::exchange(on_done_, {})(std::move(*result));
        result.reset();
      }
      std::lock_guard lock(mutex_);
      result_ = std::move(result);
      done_ = true;
      finished_.notify_all();
    }

    Runtime* runtime_;
    std::shared_ptr<Strand> strand_;
    Task<T> task_;
    OnDone on_done_;
    std::optional<Context> context_;
    std::shared_ptr<State> self_;  // while it runs

    std::mutex mutex_;  // of the three below
    std::condition_variable finished_;
    std::optional<T> result_;
    bool done_ = false;
  };

  explicit Root(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

// For threads of the API: runs the task and blocks until it is done; after `limit` its leaves answer
// Error{timeout}.
template <class T>
T run_blocking(Runtime& runtime, std::shared_ptr<Strand> strand, Task<T> task, Duration limit) {
  return Root<T>::start(runtime, std::move(strand), with_deadline(std::move(task), limit)).wait();
}

}  // namespace hermod::host
