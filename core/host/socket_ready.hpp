// SocketReady: waits until a socket can be read or written; the leaf under every stream. Asio only says when.
//
// Success: try again. A cancelled context gives its cancel_error(), a socket closed meanwhile
// Error{unavailable}. The coroutine resumes by its strand's post in every case, after Asio has let go of the
// operation. YieldOnce: lets the strand's other work, and other strands, go first.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "core/host/asio_runtime.hpp"

namespace hermod::host {

inline Error connection_closed_error() {
  return {
      ErrorKind::unavailable, ErrorScope::account, Retry::after(), "the connection is closed", {}, {}, {}};
}

class SocketReady final : private CancelHook {
 public:
  using Socket = asio::ip::tcp::socket;

  SocketReady(Socket& socket, Socket::wait_type direction) noexcept
      : socket_(&socket), direction_(direction) {}
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> caller) {
    return begin(*caller.promise().context, caller);
  }
  Status await_resume() const {
    if (!failed_) return ok();
    return context_->cancelled() ? context_->cancel_error() : connection_closed_error();
  }

 private:
  bool begin(Context& context, std::coroutine_handle<> caller) {
    context_ = &context;
    caller_ = caller;
    if (context.cancelled()) {
      failed_ = true;
      return false;
    }
    context.attach(*this);
    auto done = [this](const boost::system::error_code& code) {
      failed_ = static_cast<bool>(code);
      context_->detach(*this);
      context_->strand().post(caller_);
    };
    socket_->async_wait(
        direction_, asio::bind_cancellation_slot(signal_.slot(),
                                                 asio::bind_executor(executor_of(context), std::move(done))));
    return true;
  }
  void on_cancel() noexcept override { signal_.emit(asio::cancellation_type::all); }

  Socket* socket_;
  Socket::wait_type direction_;
  Context* context_ = nullptr;
  std::coroutine_handle<> caller_{};
  bool failed_ = false;
  asio::cancellation_signal signal_;
};

struct YieldOnce {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> caller) const noexcept {
    caller.promise().context->strand().post(caller);
  }
  void await_resume() const noexcept {}
};

}  // namespace hermod::host
