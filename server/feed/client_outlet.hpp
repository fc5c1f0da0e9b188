// ClientOutlet: what goes out to one waiting client, without a thread of its own where that can be.
//
// Without TLS the client's descriptor is on the feed's event loop; with TLS, a thread of the bounded pool
// writes and blocks (architecture: "From the API to an account"). Owner: the client's entry in the hub.
// Threads: every member on the loop; the callbacks come there, too. After `gone` nothing more happens.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "server/http/detached_client.hpp"

namespace hermod::server {

using SharedText = std::shared_ptr<const std::string>;

class ClientOutlet {
 public:
  using Clock = std::chrono::steady_clock;
  struct Events {
    std::function<void()> drained;  // everything queued is sent
    std::function<void()> gone;     // the client closed, or the connection broke
  };

  virtual ~ClientOutlet() = default;  // closes the connection

  // Queued only: flush() sends what the connection takes.
  virtual void queue(SharedText text) = 0;
  virtual void flush() = 0;
  virtual std::size_t queued_bytes() const = 0;
  // When the client last took anything, or had nothing to take.
  virtual Clock::time_point progressed() const = 0;
};

// Nothing when the descriptor cannot be had.
std::unique_ptr<ClientOutlet> make_outlet(boost::asio::io_context& loop, DetachedClient client,
                                          ClientOutlet::Events events);

}  // namespace hermod::server
