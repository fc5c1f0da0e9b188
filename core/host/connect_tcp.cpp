#include <cerrno>
#include <cstring>

#include <netinet/tcp.h>

#include <hermod/race.hpp>

#include "core/host/socket_stream.hpp"

namespace hermod::host {
namespace {

using Socket = SocketReady::Socket;

// While other addresses are left to try.
constexpr Duration attempt_limit = std::chrono::seconds(10);
// A peer that vanished is noticed about two minutes after the last byte.
constexpr int keep_alive_idle_seconds = 60;
constexpr int keep_alive_interval_seconds = 20;
constexpr int keep_alive_probes = 3;

Error connect_error(int code) {
  return {ErrorKind::unavailable,
          ErrorScope::account,
          Retry::after(),
          "could not connect to the server",
          std::strerror(code),
          {},
          {}};
}

void set_option(Socket& socket, int level, int name, int value) {
  (void)::setsockopt(socket.native_handle(), level, name, &value, sizeof value);
}

Result<Socket> open_socket(AsioRuntime& asio, const ResolvedAddress& address) {
  Socket socket(asio.io);
  boost::system::error_code code;
  const bool is_v4 = address.storage.ss_family == AF_INET;
  socket.open(is_v4 ? asio::ip::tcp::v4() : asio::ip::tcp::v6(), code);
  if (!code) socket.native_non_blocking(true, code);
  if (code) return connect_error(code.value());
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);  // before TLS begins: saves 40 ms a handshake
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, keep_alive_idle_seconds);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, keep_alive_interval_seconds);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, keep_alive_probes);
  return socket;
}

Task<Result<Socket>> connect_one(AsioRuntime& asio, ResolvedAddress address) {
  Result<Socket> socket = open_socket(asio, address);
  if (!socket) co_return socket;
  const int fd = socket->native_handle();
  if (::connect(fd, &address.address(), address.size) == 0) co_return socket;
  if (errno != EINPROGRESS) co_return connect_error(errno);
  Status ready = co_await SocketReady(*socket, Socket::wait_write);
  if (!ready) co_return std::move(ready).error();
  int code = 0;
  socklen_t size = sizeof code;
  (void)::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size);
  if (code != 0) co_return connect_error(code);
  co_return socket;
}

}  // namespace

Task<Result<Socket>> connect_tcp(AsioRuntime& asio, ResolvedAddresses addresses) {
  Context& context = co_await current_context();
  Error last = connect_error(EADDRNOTAVAIL);
  for (std::size_t i = 0; i < addresses.size() && !context.cancelled(); ++i) {
    const Duration limit = i + 1 < addresses.size() ? attempt_limit : Duration::max();
    Result<Socket> socket = co_await with_deadline(connect_one(asio, addresses[i]), limit);
    if (socket) co_return socket;
    last = std::move(socket).error();
  }
  if (context.cancelled()) co_return context.cancel_error();
  co_return last;
}

}  // namespace hermod::host
