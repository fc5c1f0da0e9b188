// The Asio side of Runtime and Strand, for this room's sources alone: no other header includes Asio.
//
// An AsioStrand is what every Strand of a Runtime is; the sockets of this room rely on it. Threads: post from
// any, timers on the strand.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include "core/host/runtime.hpp"

namespace hermod::host {

namespace asio = boost::asio;

class AsioRuntime {
 public:
  explicit AsioRuntime(unsigned threads) : io(static_cast<int>(threads)) {}
  asio::io_context io;
};

class AsioStrand final : public Strand {
 public:
  using Executor = asio::strand<asio::io_context::executor_type>;

  explicit AsioStrand(asio::io_context& io) : executor_(asio::make_strand(io)) {}
  void post(std::coroutine_handle<> coroutine) noexcept override;
  TimePoint now() const noexcept override { return std::chrono::steady_clock::now(); }
  void start_timer(Timer& timer, TimePoint at) noexcept override;
  void stop_timer(Timer& timer) noexcept override;
  const Executor& executor() const noexcept { return executor_; }

 private:
  Executor executor_;
};

inline const AsioStrand::Executor& executor_of(const Context& context) noexcept {
  return static_cast<const AsioStrand&>(context.strand()).executor();
}

}  // namespace hermod::host
