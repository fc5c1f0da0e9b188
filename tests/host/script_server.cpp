#include "host/script_server.hpp"

#include <stdexcept>

#include <netinet/in.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hermod::test {
namespace {

struct Disconnected : std::runtime_error {
  Disconnected() : std::runtime_error("disconnected") {}
};

template <class T, class Read, class Free>
std::unique_ptr<T, Free> from_pem(const std::string& pem, Read read, Free free) {
  const std::unique_ptr<BIO, decltype(&::BIO_free)> bio(
      ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &::BIO_free);
  return {read(bio.get(), nullptr, nullptr, nullptr), free};
}

}  // namespace

Peer::~Peer() { close_abruptly(); }

void Peer::start_tls() {
  ssl_.reset(::SSL_new(context_));
  ::SSL_set_fd(ssl_.get(), socket_);
  if (::SSL_accept(ssl_.get()) != 1) throw Disconnected();
}

void Peer::send(const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const auto left = static_cast<int>(bytes.size() - sent);
    const int count =
        ssl_ ? ::SSL_write(ssl_.get(), bytes.data() + sent, left)
             : static_cast<int>(::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL));
    if (count <= 0) throw Disconnected();
    sent += static_cast<std::size_t>(count);
  }
}

std::string Peer::receive() {
  std::string bytes(16384, '\0');
  const int count = ssl_ ? ::SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                         : static_cast<int>(::recv(socket_, bytes.data(), bytes.size(), 0));
  bytes.resize(static_cast<std::size_t>(std::max(count, 0)));
  return bytes;
}

std::string Peer::receive_exactly(std::size_t count) {
  std::string all;
  while (all.size() < count) {
    std::string bytes = receive();
    if (bytes.empty()) throw Disconnected();
    all += bytes;
  }
  return all;
}

void Peer::close_politely() {
  if (ssl_) ::SSL_shutdown(ssl_.get());
  ::shutdown(socket_, SHUT_WR);
}
void Peer::close_abruptly() { ::shutdown(socket_, SHUT_WR); }

ScriptServer::ScriptServer(const Identity& identity, Script script, ScriptServerOptions options)
    : context_(::SSL_CTX_new(::TLS_server_method()), &::SSL_CTX_free), script_(std::move(script)) {
  auto certificate = from_pem<X509>(identity.certificate_pem, &::PEM_read_bio_X509, &::X509_free);
  auto key = from_pem<EVP_PKEY>(identity.key_pem, &::PEM_read_bio_PrivateKey, &::EVP_PKEY_free);
  ::SSL_CTX_use_certificate(context_.get(), certificate.get());
  ::SSL_CTX_use_PrivateKey(context_.get(), key.get());
  ::SSL_CTX_set_mode(context_.get(), SSL_MODE_RELEASE_BUFFERS);
  if (options.tls_version_max != 0) {
    ::SSL_CTX_set_min_proto_version(context_.get(), options.tls_version_max);
    ::SSL_CTX_set_max_proto_version(context_.get(), options.tls_version_max);
    ::SSL_CTX_set_security_level(context_.get(), 0);
  }
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 128) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("could not listen");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

ScriptServer::~ScriptServer() {
  closing_ = true;
  ::shutdown(listener_, SHUT_RDWR);  // wakes accept
  if (const int connection = connection_; connection >= 0) ::shutdown(connection, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

void ScriptServer::serve() {
  while (!closing_) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) return;
    connection_ = connection;
    if (closing_) ::shutdown(connection, SHUT_RDWR);
    try {
      Peer peer(connection, context_.get());
      script_(peer);
    } catch (const Disconnected&) {
    }
    connection_ = -1;
    ::close(connection);
  }
}

}  // namespace hermod::test
