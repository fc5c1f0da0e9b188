// HttpServer: the listener, its threads and the way between Poco's requests and the Dispatcher.
//
// Owner: `hermod serve`. A connection holds a thread while a request runs and for keep_alive after it; the
// number of threads and of waiting connections is bounded, more are refused. Specification: RFC 9112 as
// Poco 1.11 reads it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <hermod/result.hpp>
#include <memory>

#include "server/config/listen_address.hpp"
#include "server/http/dispatcher.hpp"

namespace hermod::server {

class HttpServer {
 public:
  static constexpr std::chrono::seconds keep_alive{10};
  static constexpr std::chrono::seconds io_timeout{60};  // of one read or write
  static constexpr int queued_connections_max = 256;
  // An unread body is read and thrown away up to here, so that the client sees the answer; then we hang up.
  static constexpr std::uint64_t drained_bytes_max = 32 << 20;

  struct Options {
    ListenAddress listen;
    std::filesystem::path tls_cert;  // empty: no TLS
    std::filesystem::path tls_key;
    std::int64_t threads = 64;
  };

  // Listens and serves at once. On failure (address in use, bad certificate) nothing is left behind.
  static Result<std::unique_ptr<HttpServer>> start(const Options& options, Dispatcher& dispatcher);

  virtual ~HttpServer() = default;

  // The port it listens on, also where 0 was asked for.
  virtual std::uint16_t port() const = 0;

  // Takes no new connections, waits for the requests under way at most this long, then closes every
  // connection.
  virtual void stop(std::chrono::milliseconds at_most) = 0;
};

}  // namespace hermod::server
