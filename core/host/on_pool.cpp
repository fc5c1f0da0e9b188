#include "core/host/on_pool.hpp"

namespace hermod::host::detail {

Error error_of_current_exception() {
  Error error{
      ErrorKind::internal, ErrorScope::account, Retry::after(), "an internal error occurred", {}, {}, {}};
  try {
    throw;
  } catch (const std::exception& e) {
    error.detail = e.what();
  } catch (...) {
    error.detail = "an exception of an unknown type";
  }
  return error;
}

Task<Status> PoolCall::wait(PoolCancellation cancellation) {
  while (stage_ != Stage::finished) {
    Status woken = co_await finished_.wait();
    if (woken || stage_ == Stage::finished) continue;
    Stage expected = Stage::queued;
    if (stage_.compare_exchange_strong(expected, Stage::withdrawn)) co_return woken;
    if (cancellation == PoolCancellation::abandoned) co_return woken;
    while (stage_ != Stage::finished) (void)co_await finished_.wait(ThreadEvent::Cancellation::ignored);
  }
  co_return ok();
}

Task<Status> run_in(WorkPool& pool, std::shared_ptr<PoolCall> call, PoolCancellation cancellation) {
  Context& context = co_await current_context();
  if (context.cancelled()) co_return context.cancel_error();
  if (!pool.submit(call)) {
    co_return Error{
        ErrorKind::limit, ErrorScope::account, Retry::after(), "too much work is queued", {}, {}, {}};
  }
  co_return co_await call->wait(cancellation);
}

}  // namespace hermod::host::detail
