// Transport: bytes of a host's Stream to events of the codec, and commands back. Owned by one Connection;
// strand.
#pragma once

#include <memory>
#include <optional>

#include <hermod/net.hpp>

#include "plugins/imap/wire/response_reader.hpp"

namespace hermod::imap {

class Transport {
 public:
  explicit Transport(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}

  // The next event of what was read already.
  std::optional<Event> poll();
  // Reads more. Error{timeout}: nothing came for so long; the transport stays open. Cancelled: likewise. Any
  // other Error closed it; `unavailable` when the server hung up. A response that trickles in, fewer than
  // trickle_octets_min within silence_max, is Error{timeout} too, and closed it.
  Task<Status> fill(Duration silence_limit);
  // A failure, cancellation included, closes it.
  Task<Status> write(std::string bytes);
  Task<Status> start_tls();
  // From here on the octets are compressed (RFC 4978), those that were read ahead included.
  void start_compression();

  bool is_open() const noexcept { return stream_ != nullptr; }
  bool encrypted() const noexcept { return is_open() && stream_->encrypted(); }
  void close() noexcept { stream_.reset(); }
  std::uint64_t octets_read() const noexcept { return octets_read_; }

 private:
  std::unique_ptr<Stream> stream_;
  ResponseReader reader_;
  std::uint64_t octets_read_ = 0;
  std::size_t trickled_ = 0;  // octets of a response that is not whole yet, since trickling_since_
  TimePoint trickling_since_{};
};

// The server hung up, or we closed.
Error connection_lost();

}  // namespace hermod::imap
