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
  std::optional<Event> poll() { return reader_.next(); }
  // Reads more. Error{timeout}: nothing came for so long; the transport stays open. Cancelled: likewise. Any
  // other Error closed it; `unavailable` when the server hung up.
  Task<Status> fill(Duration silence_limit);
  // A failure, cancellation included, closes it.
  Task<Status> write(std::string bytes);
  Task<Status> start_tls();

  bool is_open() const noexcept { return stream_ != nullptr; }
  bool encrypted() const noexcept { return is_open() && stream_->encrypted(); }
  void close() noexcept { stream_.reset(); }

 private:
  std::unique_ptr<Stream> stream_;
  ResponseReader reader_;
};

// The server hung up, or we closed.
Error connection_lost();

}  // namespace hermod::imap
