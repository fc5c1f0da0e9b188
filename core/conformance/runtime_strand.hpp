// RuntimeStrand: a strand of the host's real runtime, on real sockets and real time, stepped by a check.
//
// The runtime has no network thread: all of it happens on the check's own thread, one handler a step, so that
// a check can act, or cancel a call, between any two of them. One thread; outlives everything that runs on
// it.
#pragma once

#include "core/conformance/stepped_strand.hpp"
#include "core/host/asio_runtime.hpp"

namespace hermod::conformance {

class RuntimeStrand final : public SteppedStrand {
 public:
  static constexpr std::chrono::seconds patience{20};  // with a server that owes an answer
  static constexpr std::chrono::milliseconds short_while{400};

  RuntimeStrand() = default;
  RuntimeStrand(const RuntimeStrand&) = delete;

  host::Runtime& runtime() { return runtime_; }
  Strand& strand() override { return *strand_; }
  bool step() override { return io().run_one_for(patience) > 0; }
  bool step_soon() override { return io().run_one_for(short_while) > 0; }
  void drain() override { io().poll(); }

 private:
  boost::asio::io_context& io() { return runtime_.asio().io; }

  host::Runtime runtime_{{.network_threads = 0, .pool_threads = 1, .resolver_threads = 1}};
  std::shared_ptr<Strand> strand_ = runtime_.make_strand();
};

}  // namespace hermod::conformance
