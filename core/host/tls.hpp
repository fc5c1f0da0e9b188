// TlsTrust: which certificates are trusted, as OpenSSL contexts. TlsChannel: one TLS connection over a
// non-blocking socket, as steps that never wait.
//
// TLS 1.2 or newer (RFC 8446, RFC 5246), no renegotiation, no session reuse. Buffers are released while idle.
// Owner: TlsTrust by Egress, thread-safe; a TlsChannel by its stream, on one strand.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <hermod/result.hpp>

struct ssl_ctx_st;
struct ssl_st;

namespace hermod::host {

using TlsContext = std::shared_ptr<ssl_ctx_st>;

// Error{denied}, to be tried again after a while: a certificate that expired is renewed, a clock that is wrong is set, and
// nobody need touch the account for it.
Error untrusted_certificate(std::string detail);

class TlsTrust {
 public:
  static constexpr std::size_t pem_bytes_max = 256 << 10;
  static constexpr std::size_t authorities_max = 64;  // certificates in one PEM text

  // With an empty `authority_pem` the system's store, else those certificates alone. The same text gives the
  // same context as long as one connection uses it.
  Result<TlsContext> context(const std::string& authority_pem);

 private:
  std::mutex mutex_;
  TlsContext system_;
  std::map<std::string, std::weak_ptr<ssl_ctx_st>> pinned_;
};

enum class TlsStep : std::uint8_t { done, wait_read, wait_write, closed, failed };

class TlsChannel {
 public:
  // `host` is what the certificate must be for: a name or an address.
  static Result<TlsChannel> create(TlsContext context, int socket, const std::string& host);

  TlsStep handshake();
  TlsStep read(char* into, std::size_t size, std::size_t& count);
  TlsStep write(const char* from, std::size_t size, std::size_t& count);
  void say_goodbye() noexcept;  // close_notify, if the socket takes it at once
  // Why the last step failed.
  Error error() const;

 private:
  struct Deleter {
    void operator()(ssl_st* ssl) const noexcept;
  };
  TlsChannel(TlsContext context, ssl_st* ssl) : context_(std::move(context)), ssl_(ssl) {}
  TlsStep step_of(int outcome);

  TlsContext context_;
  std::unique_ptr<ssl_st, Deleter> ssl_;
  unsigned long failure_ = 0;  // OpenSSL's code of the last failure; 0: the connection was lost
  bool broken_ = false;        // after a fatal failure OpenSSL must not be asked again
};

}  // namespace hermod::host
