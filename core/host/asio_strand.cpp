#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/host/asio_runtime.hpp"

namespace hermod::host {
namespace {

struct RunningTimer {
  RunningTimer(const AsioStrand::Executor& executor, Timer& timer, TimePoint at)
      : clock(executor, at), target(&timer) {}
  asio::steady_timer clock;
  Timer* target;  // null once stopped
};

}  // namespace

void AsioStrand::post(std::coroutine_handle<> coroutine) noexcept {
  // A copy: the coroutine may end, and this strand with it, before asio::post returns.
  Executor executor = executor_;
  asio::post(executor, [coroutine] { coroutine.resume(); });
}

void AsioStrand::start_timer(Timer& timer, TimePoint at) noexcept {
  auto running = std::make_shared<RunningTimer>(executor_, timer, at);
  timer.host_key = reinterpret_cast<std::uintptr_t>(running.get());
  running->clock.async_wait([running](const boost::system::error_code&) {
    Timer* target = std::exchange(running->target, nullptr);
    if (target == nullptr) return;
    target->host_key = 0;
    target->on_timer();
  });
}

void AsioStrand::stop_timer(Timer& timer) noexcept {
  auto* running = reinterpret_cast<RunningTimer*>(static_cast<std::uintptr_t>(timer.host_key));
  if (running == nullptr) return;
  timer.host_key = 0;
  running->target = nullptr;  // its handler still runs, once, and frees it
  running->clock.cancel();
}

}  // namespace hermod::host
