// SocketStream: a hermod::Stream over a TCP socket, in the clear or by TLS. connect_tcp: how one is opened.
//
// Sockets are non-blocking; each call tries first and waits (SocketReady) only when it must, so that an idle
// stream holds no buffer of ours. Owner: the session, on its strand. Limits: read_bytes_max a read.
#pragma once

#include <optional>

#include "core/host/resolver.hpp"
#include "core/host/socket_ready.hpp"
#include "core/host/tls.hpp"

namespace hermod::host {

class SocketStream final : public Stream {
 public:
  static constexpr std::size_t read_bytes_max = 16 << 10;  // one TLS record
  static constexpr int immediate_max = 64;  // reads and writes in a row without letting others go

  // `options` gives the host and the trust of TLS, begun by begin_tls() or start_tls().
  SocketStream(SocketReady::Socket socket, TlsTrust& trust, ConnectOptions options);
  ~SocketStream() { close(); }

  Task<Result<std::string>> read(std::size_t bytes_max) override;
  Task<Status> write(std::string bytes) override;
  Task<Status> start_tls() override;
  // The handshake alone, for a connection that begins with it.
  Task<Status> begin_tls();
  bool encrypted() const noexcept override { return tls_.has_value(); }
  void close() noexcept override;

 private:
  struct Step {
    TlsStep outcome;
    std::size_t count = 0;
  };
  Step try_read(char* into, std::size_t size);
  Step try_write(const char* from, std::size_t size);
  Task<Status> shake_hands();
  Task<Status> wait_for(TlsStep step);
  std::optional<Error> unusable(bool busy) const;
  Error fail();

  SocketReady::Socket socket_;
  TlsTrust* trust_;
  ConnectOptions options_;
  std::optional<TlsChannel> tls_;
  std::optional<Error> failure_;
  bool reading_ = false;
  bool writing_ = false;
  bool ended_ = false;
  int immediate_ = 0;
};

// A connected socket, with TCP_NODELAY and keep-alive; tries all addresses in turn.
Task<Result<SocketReady::Socket>> connect_tcp(AsioRuntime& asio, ResolvedAddresses addresses);

}  // namespace hermod::host
