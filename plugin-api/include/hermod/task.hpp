// Task<T>: a lazy coroutine, started by whoever awaits it and resumed on the session's strand.
//
// T is a Result: an exception that escapes the coroutine becomes Error{internal}. A task that was started is never
// destroyed before it is done: cancel its context, then join it. Parameters of a coroutine are values, or refer to
// what outlives the call. Capturing lambdas are not coroutines. An awaited task that completes at once returns to
// its caller by a flag, not by a symmetric transfer, which overflows the stack with compilers that do not turn it
// into a jump.
#pragma once

#include <coroutine>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <utility>

#include "hermod/context.hpp"
#include "hermod/result.hpp"

namespace hermod {

// A rule of this API was broken; going on would corrupt memory.
[[noreturn]] inline void rule_broken(const char* rule) noexcept {
  std::fputs("hermod plugin API rule broken: ", stderr);
  std::fputs(rule, stderr);
  std::fputc('\n', stderr);
  std::abort();
}

// Told when a started task has its result. on_done may destroy the task.
class CompletionHook {
 public:
  virtual void on_done() noexcept = 0;

 protected:
  ~CompletionHook() = default;
};

struct PromiseBase {
  std::coroutine_handle<> continuation{};
  CompletionHook* completion = nullptr;
  Context* context = nullptr;
  bool started = false;
  bool returns_inline = false;  // the starter is still on the stack below and looks at `done` itself
  bool done = false;

  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    void await_resume() const noexcept {}
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> self) const noexcept {
      PromiseBase& promise = self.promise();
      promise.done = true;
      if (promise.returns_inline) return;
      if (promise.completion != nullptr) {
        promise.completion->on_done();
      } else if (promise.continuation) {
        promise.continuation.resume();
      }
      // The frame may be gone by now.
    }
  };
  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
};

template <class T>
class [[nodiscard]] Task {
  static_assert(std::is_constructible_v<T, Error>, "Task<T>: T is a Result, so that a failure has a place");

 public:
  struct promise_type : PromiseBase {
    std::optional<T> result;
    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    template <class U>
    void return_value(U&& value) {
      result.emplace(std::forward<U>(value));
    }
    void unhandled_exception() noexcept {
      Error error{ErrorKind::internal, ErrorScope::account, Retry::after(), "an internal error occurred", {}, {}, {}};
      try {
        throw;
      } catch (const std::exception& e) {
        error.detail = e.what();
      } catch (...) {
        error.detail = "an exception of an unknown type";
      }
      result.emplace(std::move(error));
    }
  };
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      reset();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  ~Task() { reset(); }

  struct Awaiter {
    Handle handle;
    Context* context;  // null: the awaiter's own
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> caller) noexcept {
      promise_type& promise = handle.promise();
      promise.continuation = caller;
      promise.context = context != nullptr ? context : caller.promise().context;
      return run(handle);
    }
    T await_resume() { return std::move(*handle.promise().result); }
  };
  Awaiter operator co_await() && noexcept { return {handle_, nullptr}; }
  // Awaits it under a context of its own (a child of the caller's).
  Awaiter in(Context& context) && noexcept { return {handle_, &context}; }

  // For those that own tasks: starts it now; calls `completion` when it is done, also if that is at once.
  void start(Context& context, CompletionHook& completion) noexcept {
    promise_type& promise = handle_.promise();
    promise.context = &context;
    promise.completion = &completion;
    if (!run(handle_)) completion.on_done();
  }
  bool valid() const noexcept { return static_cast<bool>(handle_); }
  bool done() const noexcept { return handle_ && handle_.promise().done; }
  T take_result() { return std::move(*handle_.promise().result); }

 private:
  explicit Task(Handle handle) noexcept : handle_(handle) {}
  // Runs it up to its first suspension; false: it is done already.
  static bool run(Handle handle) noexcept {
    promise_type& promise = handle.promise();
    promise.started = true;
    promise.returns_inline = true;
    handle.resume();
    if (promise.done) return false;
    promise.returns_inline = false;
    return true;
  }
  void reset() noexcept {
    if (!handle_) return;
    if (handle_.promise().started && !handle_.promise().done) rule_broken("a started task was destroyed before it was done");
    handle_.destroy();
    handle_ = {};
  }

  Handle handle_{};
};

// `Context& context = co_await current_context();`
struct CurrentContext {
  Context* context = nullptr;
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> caller) noexcept {
    context = caller.promise().context;
    return false;
  }
  Context& await_resume() const noexcept { return *context; }
};
inline CurrentContext current_context() noexcept { return {}; }

}  // namespace hermod
