#include "plugins/imap/client/transport.hpp"

#include <hermod/race.hpp>

#include "plugins/imap/client/deflate_stream.hpp"
#include "plugins/imap/client/hints.hpp"
#include "plugins/imap/client/limits.hpp"

namespace hermod::imap {

Error connection_lost() {
  return {ErrorKind::unavailable,
          ErrorScope::account,
          Retry::after(),
          "the server closed the connection",
          {},
          std::string(hint_network),
          {}};
}

namespace {

Error silent() {
  return {ErrorKind::timeout,
          ErrorScope::account,
          Retry::after(),
          "the server does not answer",
          {},
          std::string(hint_network),
          {}};
}

Error too_slow() {
  return {ErrorKind::timeout,
          ErrorScope::account,
          Retry::after(),
          "the server answers too slowly",
          {},
          std::string(hint_network),
          {}};
}

}  // namespace

std::optional<Event> Transport::poll() {
  auto event = reader_.next();
  if (event && !std::holds_alternative<LiteralData>(*event)) trickled_ = 0;
  return event;
}

Task<Status> Transport::fill(Duration silence_limit) {
  if (!is_open()) co_return connection_lost();
  Context& context = co_await current_context();
  const Strand& strand = context.strand();
  if (trickled_ == 0) trickling_since_ = strand.now();
  const auto patience = trickling_since_ + silence_max - strand.now();
  const bool trickles = trickled_ != 0 && patience < silence_limit;
  auto bytes = co_await with_deadline(stream_->read(read_bytes_max), trickles ? patience : silence_limit);
  if (!bytes && trickles && strand.now() - trickling_since_ >= silence_max) {
    close();
    co_return too_slow();
  }
  if (!bytes) {
    const auto kind = bytes.error().kind;
    if (kind == ErrorKind::timeout && !context.cancelled()) co_return silent();
    if (kind != ErrorKind::timeout && kind != ErrorKind::cancelled) close();
    co_return std::move(bytes).error();
  }
  if (bytes->empty()) {
    close();
    co_return connection_lost();
  }
  octets_read_ += bytes->size();
  trickled_ += bytes->size();
  if (trickled_ >= trickle_octets_min) trickled_ = 0;
  reader_.feed(*bytes);
  co_return ok();
}

Task<Status> Transport::write(std::string bytes) {
  if (!is_open()) co_return connection_lost();
  Context& context = co_await current_context();
  auto written = co_await with_deadline(stream_->write(std::move(bytes)), silence_max);
  if (written) co_return written;
  close();
  const bool too_long = written.error().kind == ErrorKind::timeout && !context.cancelled();
  co_return too_long ? silent() : std::move(written).error();
}

void Transport::start_compression() {
  if (is_open()) stream_ = std::make_unique<DeflateStream>(std::move(stream_), reader_.take_input());
}

Task<Status> Transport::start_tls() {
  if (!is_open()) co_return connection_lost();
  reader_.discard_input();
  auto started = co_await with_deadline(stream_->start_tls(), silence_max);
  if (!started) close();
  co_return started;
}

}  // namespace hermod::imap
