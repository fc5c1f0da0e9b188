#include "plugins/imap/client/transport.hpp"

#include <hermod/race.hpp>

#include "plugins/imap/client/limits.hpp"

namespace hermod::imap {

Error connection_lost() {
  return {ErrorKind::unavailable,
          ErrorScope::account,
          Retry::after(),
          "the server closed the connection",
          {},
          {},
          {}};
}

Task<Status> Transport::fill(Duration silence_limit) {
  if (!is_open()) co_return connection_lost();
  auto bytes = co_await with_deadline(stream_->read(read_bytes_max), silence_limit);
  if (!bytes) {
    const auto kind = bytes.error().kind;
    if (kind != ErrorKind::timeout && kind != ErrorKind::cancelled) close();
    co_return std::move(bytes).error();
  }
  if (bytes->empty()) {
    close();
    co_return connection_lost();
  }
  reader_.feed(*bytes);
  co_return ok();
}

Task<Status> Transport::write(std::string bytes) {
  if (!is_open()) co_return connection_lost();
  auto written = co_await with_deadline(stream_->write(std::move(bytes)), silence_max);
  if (!written) close();
  co_return written;
}

Task<Status> Transport::start_tls() {
  if (!is_open()) co_return connection_lost();
  reader_.discard_input();
  auto started = co_await with_deadline(stream_->start_tls(), silence_max);
  if (!started) close();
  co_return started;
}

}  // namespace hermod::imap
