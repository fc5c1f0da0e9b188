#include "core/host/root.hpp"

namespace hermod::host {
namespace {

// Runs its function when it is first resumed, then frees itself.
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
  std::coroutine_handle<> handle;
};

Detached detached(std::function<void()> function) {
  function();
  co_return;
}

}  // namespace

void run_on(Strand& strand, std::function<void()> function) {
  strand.post(detached(std::move(function)).handle);
}

}  // namespace hermod::host
