// ScriptServer: a TCP or TLS server on 127.0.0.1 whose side of the one connection is a function of the test.
//
// The function runs on a thread of the server, with blocking calls; its exceptions end the connection. One
// connection after the other, until the server is destroyed. A Peer that waits is woken by that, too.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <openssl/ssl.h>

#include "host/certificates.hpp"

namespace hermod::test {

class Peer {
 public:
  Peer(int socket, SSL_CTX* context) : socket_(socket), context_(context) {}
  Peer(const Peer&) = delete;
  ~Peer();

  void start_tls();
  void send(const std::string& bytes);
  std::string receive();  // at least one byte; empty: the client closed
  std::string receive_exactly(std::size_t count);
  void close_politely();  // close_notify and FIN
  void close_abruptly();  // FIN alone

 private:
  int socket_;
  SSL_CTX* context_;
  std::unique_ptr<SSL, decltype(&::SSL_free)> ssl_{nullptr, &::SSL_free};
};

struct ScriptServerOptions {
  int tls_version_max = 0;  // 0: the newest
};

class ScriptServer {
 public:
  using Script = std::function<void(Peer&)>;
  ScriptServer(const Identity& identity, Script script, ScriptServerOptions options = {});
  ScriptServer(const ScriptServer&) = delete;
  ~ScriptServer();
  std::uint16_t port() const noexcept { return port_; }

 private:
  void serve();

  std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context_;
  Script script_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connection_ = -1;
  std::atomic<bool> closing_ = false;
  std::thread thread_;
};

}  // namespace hermod::test
