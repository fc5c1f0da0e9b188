// on_pool: runs a function that blocks or computes on a pool thread and resumes the caller on its strand.
//
// `Result<Row> row = co_await on_pool(runtime, [&] { return read_row(session); });`
// The function returns a Result; an exception that escapes it becomes Error{internal}. Cancellation takes effect
// while it is queued; once it runs the caller waits for it, so that it may refer to the caller's variables.
// Error{limit} when WorkPool::queue_max jobs wait already.
#pragma once

#include <mutex>

#include <hermod/task.hpp>

#include "core/host/runtime.hpp"
#include "core/host/work_pool.hpp"

namespace hermod::host {

// What a cancellation does to a function that runs already.
enum class PoolCancellation : std::uint8_t {
  joined,     // the caller waits for its end
  abandoned,  // the caller goes on; the function must own all it uses, its result is dropped
};

namespace detail {

// One function on its way through a pool, without its type.
class PoolCall : public PoolJob, public CancelHook, public std::enable_shared_from_this<PoolCall> {
 public:
  explicit PoolCall(PoolCancellation cancellation) noexcept : cancellation_(cancellation) {}
  void run() noexcept final;
  void on_cancel() noexcept final;

  struct Awaiter {
    WorkPool* pool;
    PoolCall* call;
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> caller) {
      return call->begin(*pool, *caller.promise().context, caller);
    }
    Status await_resume() { return call->end(); }  // success: the result is there
  };

 protected:
  virtual void work() noexcept = 0;

 private:
  enum class Stage : std::uint8_t { fresh, queued, running, done, withdrawn, refused };
  bool begin(WorkPool& pool, Context& context, std::coroutine_handle<> caller);
  Status end();

  const PoolCancellation cancellation_;
  Context* context_ = nullptr;  // used on the strand alone
  Strand* strand_ = nullptr;
  std::mutex mutex_;  // of the two below, between the strand and the pool thread
  Stage stage_ = Stage::fresh;
  std::coroutine_handle<> caller_{};
};

Error error_of_current_exception();

template <class F, class R>
class PoolFunction final : public PoolCall {
 public:
  PoolFunction(F function, PoolCancellation cancellation) : PoolCall(cancellation), function_(std::move(function)) {}
  std::optional<R> result;

 private:
  void work() noexcept override {
    try {
      result.emplace(function_());
    } catch (...) {
      result.emplace(error_of_current_exception());
    }
  }
  F function_;
};

}  // namespace detail

template <class F, class R = std::invoke_result_t<F&>>
Task<R> on_pool(WorkPool& pool, F function, PoolCancellation cancellation = PoolCancellation::joined) {
  auto call = std::make_shared<detail::PoolFunction<F, R>>(std::move(function), cancellation);
  if (Status ran = co_await detail::PoolCall::Awaiter{&pool, call.get()}; !ran) co_return std::move(ran).error();
  co_return std::move(*call->result);
}
template <class F, class R = std::invoke_result_t<F&>>
Task<R> on_pool(Runtime& runtime, F function) {
  return on_pool<F, R>(runtime.pool(), std::move(function));
}

}  // namespace hermod::host
