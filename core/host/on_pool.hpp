// on_pool: runs a function that blocks or computes on a pool thread and resumes the caller on its strand.
//
// `Result<Row> row = co_await on_pool(runtime, [&] { return read_row(session); });`
// The function returns a Result; an exception that escapes it becomes Error{internal}. Cancellation takes
// effect while it is queued; once it runs the caller waits for it, so that it may refer to the caller's
// variables. Error{limit} when WorkPool::queue_max jobs wait already.
#pragma once

#include <atomic>
#include <optional>

#include "core/host/runtime.hpp"
#include "core/host/thread_event.hpp"
#include "core/host/work_pool.hpp"

namespace hermod::host {

// What a cancellation does to a function that runs already.
enum class PoolCancellation : std::uint8_t {
  joined,     // the caller waits for its end
  abandoned,  // the caller goes on; the function must own all it uses, its result is dropped
};

namespace detail {

Error error_of_current_exception();

// One function on its way through a pool, without its type.
class PoolCall : public PoolJob {
 public:
  void run() noexcept final {
    Stage expected = Stage::queued;
    if (!stage_.compare_exchange_strong(expected, Stage::running)) return;
    work();
    stage_ = Stage::finished;
    finished_.notify();
  }
  // Success: it ran to its end.
  Task<Status> wait(PoolCancellation cancellation);

 protected:
  virtual void work() noexcept = 0;

 private:
  enum class Stage : std::uint8_t { queued, running, finished, withdrawn };
  std::atomic<Stage> stage_ = Stage::queued;
  ThreadEvent finished_;
};

template <class F, class R>
class PoolFunction final : public PoolCall {
 public:
  explicit PoolFunction(F function) : function_(std::move(function)) {}
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

// Queues the call and waits for it.
Task<Status> run_in(WorkPool& pool, std::shared_ptr<PoolCall> call, PoolCancellation cancellation);

}  // namespace detail

template <class F, class R = std::invoke_result_t<F&>>
Task<R> on_pool(WorkPool& pool, F function, PoolCancellation cancellation = PoolCancellation::joined) {
  auto call = std::make_shared<detail::PoolFunction<F, R>>(std::move(function));
  Status ran = co_await detail::run_in(pool, call, cancellation);
  if (!ran) co_return std::move(ran).error();
  co_return std::move(*call->result);
}
template <class F, class R = std::invoke_result_t<F&>>
Task<R> on_pool(Runtime& runtime, F function) {
  return on_pool<F, R>(runtime.pool(), std::move(function));
}

}  // namespace hermod::host
