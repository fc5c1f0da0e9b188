// DetachedClient: a connection that a handler took over from the HTTP server's thread pool after the answer's
// header, for feeds that stay open. Without TLS its descriptor can move to an event loop; with TLS it can
// only be written to by blocking calls, from a bounded pool of threads. Owner: whoever took it; closing is by
// the destructor. Not thread-safe but for
// shut_down().
#pragma once

#include <Poco/Net/StreamSocket.h>

#include <hermod/result.hpp>
#include <string_view>

namespace hermod::server {

class DetachedClient {
 public:
  explicit DetachedClient(Poco::Net::StreamSocket socket) : socket_(std::move(socket)) {}

  bool encrypted() const { return socket_.secure(); }

  // A duplicate of the descriptor, non-blocking, which the caller closes; -1 when that fails. Not with TLS.
  int duplicate_descriptor() const;

  // Blocks at most for the server's send timeout. `unavailable` when the client is gone.
  Status write(std::string_view bytes);

  // Ends a write() that blocks on another thread. The one call that may come from there.
  void shut_down();

 private:
  Poco::Net::StreamSocket socket_;
};

}  // namespace hermod::server
