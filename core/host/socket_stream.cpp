#include "core/host/socket_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace hermod::host {
namespace {

Error misuse(const char* message) {
  return {ErrorKind::internal, ErrorScope::account, Retry::never(), message, {}, {}, {}};
}

bool would_wait(int code) { return code == EAGAIN || code == EWOULDBLOCK; }

// Marks a direction as busy while it lives.
class Busy {
 public:
  explicit Busy(bool& flag) noexcept : flag_(flag) { flag_ = true; }
  Busy(const Busy&) = delete;
  ~Busy() { flag_ = false; }

 private:
  bool& flag_;
};

}  // namespace

SocketStream::SocketStream(SocketReady::Socket socket, TlsTrust& trust, ConnectOptions options)
    : socket_(std::move(socket)), trust_(&trust), options_(std::move(options)) {}

void SocketStream::close() noexcept {
  if (!socket_.is_open()) return;
  if (tls_) tls_->say_goodbye();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

std::optional<Error> SocketStream::unusable(bool busy) const {
  if (busy) return misuse("two calls of one direction overlap on a stream");
  if (!socket_.is_open()) return connection_closed_error();
  return failure_;
}

Error SocketStream::fail() {
  if (tls_) {
    failure_ = tls_->error();
  } else {
    failure_ = Error{ErrorKind::unavailable,
                     ErrorScope::account,
                     Retry::after(),
                     "the connection was lost",
                     std::strerror(errno),
                     {},
                     {}};
  }
  return *failure_;
}

SocketStream::Step SocketStream::try_read(char* into, std::size_t size) {
  Step step{};
  if (tls_) {
    step.outcome = tls_->read(into, size, step.count);
    return step;
  }
  const ssize_t count = ::recv(socket_.native_handle(), into, size, 0);
  if (count > 0) return {TlsStep::done, static_cast<std::size_t>(count)};
  if (count == 0) return {TlsStep::closed};
  return {would_wait(errno) ? TlsStep::wait_read : TlsStep::failed};
}

SocketStream::Step SocketStream::try_write(const char* from, std::size_t size) {
  Step step{};
  if (tls_) {
    step.outcome = tls_->write(from, size, step.count);
    return step;
  }
  const ssize_t count = ::send(socket_.native_handle(), from, size, MSG_NOSIGNAL);
  if (count >= 0) return {TlsStep::done, static_cast<std::size_t>(count)};
  return {would_wait(errno) ? TlsStep::wait_write : TlsStep::failed};
}

Task<Status> SocketStream::wait_for(TlsStep step) {
  immediate_ = 0;
  co_return co_await SocketReady(
      socket_, step == TlsStep::wait_read ? SocketReady::Socket::wait_read : SocketReady::Socket::wait_write);
}

Task<Result<std::string>> SocketStream::read(std::size_t bytes_max) {
  if (auto error = unusable(reading_)) co_return *error;
  const Busy busy(reading_);
  Context& context = co_await current_context();
  if (context.cancelled()) co_return context.cancel_error();
  if (++immediate_ > immediate_max) {
    immediate_ = 0;
    co_await YieldOnce{};
  }
  const std::size_t size = std::clamp<std::size_t>(bytes_max, 1, read_bytes_max);
  while (!ended_) {
    if (auto error = unusable(false)) co_return *error;
    std::string bytes;
    Step step{};
    bytes.resize_and_overwrite(size, [&](char* into, std::size_t) {
      step = try_read(into, size);
      return step.count;
    });
    if (step.outcome == TlsStep::done) {
      if (bytes.size() < size / 2) bytes.shrink_to_fit();
      co_return std::move(bytes);
    }
    bytes = {};  // an idle stream holds no buffer
    if (step.outcome == TlsStep::failed) co_return fail();
    if (step.outcome == TlsStep::closed) {
      ended_ = true;  // the socket is not read again
      break;
    }
    if (Status ready = co_await wait_for(step.outcome); !ready) co_return std::move(ready).error();
  }
  co_return std::string();
}

Task<Status> SocketStream::write(std::string bytes) {
  if (auto error = unusable(writing_)) co_return *error;
  const Busy busy(writing_);
  Context& context = co_await current_context();
  if (context.cancelled()) co_return context.cancel_error();
  if (++immediate_ > immediate_max) {
    immediate_ = 0;
    co_await YieldOnce{};
  }
  for (std::size_t sent = 0; sent < bytes.size();) {
    if (auto error = unusable(false)) co_return *error;
    const Step step = try_write(bytes.data() + sent, bytes.size() - sent);
    if (step.outcome == TlsStep::done) {
      sent += step.count;
    } else if (step.outcome == TlsStep::failed || step.outcome == TlsStep::closed) {
      co_return fail();
    } else if (Status ready = co_await wait_for(step.outcome); !ready) {
      close();  // half a record, or half a command, may be out
      co_return ready;
    }
  }
  co_return ok();
}

Task<Status> SocketStream::start_tls() {
  if (tls_ || reading_ || writing_) co_return misuse("TLS was begun twice, or during another call");
  if (auto error = unusable(false)) co_return *error;
  char byte = 0;
  const ssize_t early = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK);
  if (early > 0) {
    close();
    co_return Error{ErrorKind::invalid_data,
                    ErrorScope::account,
                    Retry::after(),
                    "the server sent bytes before TLS began",
                    {},
                    {},
                    {}};
  }
  if (early == 0 || !would_wait(errno)) {
    close();
    co_return connection_closed_error();
  }
  co_return co_await begin_tls();
}

Task<Status> SocketStream::begin_tls() {
  const Busy read_busy(reading_);
  const Busy write_busy(writing_);
  Status shaken = co_await shake_hands();
  if (!shaken) close();
  co_return shaken;
}

Task<Status> SocketStream::shake_hands() {
  Result<TlsContext> context = trust_->context(options_.tls.authority_pem);
  if (!context) co_return std::move(context).error();
  Result<TlsChannel> channel =
      TlsChannel::create(*std::move(context), socket_.native_handle(), options_.host);
  if (!channel) co_return std::move(channel).error();
  for (;;) {
    const TlsStep step = channel->handshake();
    if (step == TlsStep::done) break;
    if (step == TlsStep::failed || step == TlsStep::closed) co_return channel->error();
    if (Status ready = co_await wait_for(step); !ready) co_return ready;
  }
  tls_.emplace(*std::move(channel));
  options_.tls.authority_pem = {};
  co_return ok();
}

}  // namespace hermod::host
