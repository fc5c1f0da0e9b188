// Net, Stream: byte streams of the host, under its egress policy (TLS, private addresses, limits).
#pragma once

#include <memory>

#include "hermod/task.hpp"

namespace hermod {

enum class TlsMode : std::uint8_t { none, implicit };

struct TlsPolicy {
  TlsMode mode = TlsMode::implicit;
  std::string authority_pem;  // trust only these certificates instead of the system's; empty: the system's
};

struct ConnectOptions {
  std::string host;  // a name or an address; checked against the certificate
  std::uint16_t port = 0;
  TlsPolicy tls;
  Duration timeout = std::chrono::seconds(30);  // name look-up, connection and TLS handshake together
};

// One reader and one writer at a time; a read and a write may overlap. Destroying it closes it.
class Stream {
 public:
  virtual ~Stream() = default;
  // 1 to `bytes_max` bytes; empty: the peer closed. A cancelled read leaves the stream usable.
  virtual Task<Result<std::string>> read(std::size_t bytes_max) = 0;
  // All of it, or an Error. A write cancelled once begun closes the stream.
  virtual Task<Status> write(std::string bytes) = 0;
  // STARTTLS: from here on TLS with the host given at connect. Bytes that arrived before are Error{invalid_data}.
  virtual Task<Status> start_tls() = 0;
  virtual bool encrypted() const noexcept = 0;
  virtual void close() noexcept = 0;
};

// Implemented by the host. Errors: unavailable (unreachable, refused, reset), timeout, denied (by the egress
// policy), auth never; a certificate that cannot be verified is `denied` with retry after_user_action.
class Net {
 public:
  virtual Task<Result<std::unique_ptr<Stream>>> connect(ConnectOptions options) = 0;

 protected:
  ~Net() = default;
};

}  // namespace hermod
