#include "core/host/runtime.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

#include "core/host/asio_runtime.hpp"
#include "core/host/work_pool.hpp"

#include <boost/asio/executor_work_guard.hpp>

namespace hermod::host {
namespace {

unsigned bounded(unsigned threads) { return std::clamp(threads, 1u, Runtime::threads_max); }

// Resumes its coroutine when the time has come or the context is cancelled, whichever is first.
class Sleep final : private Timer, private CancelHook {
 public:
  explicit Sleep(Duration duration) noexcept : duration_(duration) {}
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> caller) noexcept {
    context_ = caller.promise().context;
    caller_ = caller;
    if (context_->cancelled()) {
      cut_short_ = true;
      return false;
    }
    context_->attach(*this);
    context_->strand().start_timer(*this, later(context_->strand().now(), duration_));
    return true;
  }
  Status await_resume() const {
    if (cut_short_) return context_->cancel_error();
    return ok();
  }

 private:
  void on_timer() noexcept override {
    context_->detach(*this);
    context_->strand().post(caller_);
  }
  void on_cancel() noexcept override {
    context_->strand().stop_timer(*this);
    cut_short_ = true;
    context_->strand().post(caller_);
  }

  Duration duration_;
  Context* context_ = nullptr;
  std::coroutine_handle<> caller_{};
  bool cut_short_ = false;
};

}  // namespace

struct Runtime::Impl {
  explicit Impl(const Options& options)
      : asio(bounded(options.network_threads)),
        work(asio.io.get_executor()),
        pool(bounded(options.pool_threads)),
        resolvers(bounded(options.resolver_threads)) {
    for (unsigned i = 0; i < std::min(options.network_threads, Runtime::threads_max); ++i) {
      threads.emplace_back([this] { asio.io.run(); });
    }
  }

  AsioRuntime asio;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::vector<std::thread> threads;
  std::atomic<std::size_t> roots = 0;
  WorkPool pool;
  WorkPool resolvers;
};

Runtime::Runtime(Options options) : impl_(std::make_unique<Impl>(options)) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an Error of the write, also of OpenSSL's
}

Runtime::~Runtime() {
  if (impl_->roots != 0) rule_broken("a runtime was destroyed before its roots were done");
  impl_->work.reset();  // what is still posted runs to its end
  if (impl_->threads.empty()) impl_->asio.io.run();
  for (std::thread& thread : impl_->threads) thread.join();
}

std::shared_ptr<Strand> Runtime::make_strand() { return std::make_shared<AsioStrand>(impl_->asio.io); }
WorkPool& Runtime::pool() noexcept { return impl_->pool; }
WorkPool& Runtime::resolvers() noexcept { return impl_->resolvers; }
void Runtime::root_started() noexcept { ++impl_->roots; }
void Runtime::root_done() noexcept { --impl_->roots; }
AsioRuntime& Runtime::asio() noexcept { return impl_->asio; }

Task<Status> sleep_for(Duration duration) { co_return co_await Sleep(duration); }

}  // namespace hermod::host
