#include "core/host/tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace hermod::host {
namespace {

Error tls_error(ErrorKind kind, Retry retry, const char* message, std::string detail) {
  return {kind, ErrorScope::account, retry, message, std::move(detail), {}, {}};
}

std::string text_of(unsigned long code) {
  char text[256];
  ::ERR_error_string_n(code, text, sizeof text);
  return text;
}

TlsContext new_context() {
  TlsContext context(::SSL_CTX_new(::TLS_client_method()), &::SSL_CTX_free);
  if (!context) return context;
  ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  ::SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  ::SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  ::SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return context;
}

// How many certificates of the PEM text were added; -1 when one cannot be read or there are too many.
int add_authorities(X509_STORE& store, const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&::BIO_free)> bio(
      ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &::BIO_free);
  int added = 0;
  for (;;) {
    const std::unique_ptr<X509, decltype(&::X509_free)> certificate(
        ::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &::X509_free);
    if (!certificate) break;
    if (static_cast<std::size_t>(++added) > TlsTrust::authorities_max) return -1;
    if (::X509_STORE_add_cert(&store, certificate.get()) != 1) return -1;
  }
  const unsigned long code = ::ERR_peek_last_error();
  ::ERR_clear_error();
  return ERR_GET_REASON(code) == PEM_R_NO_START_LINE ? added : -1;
}

Result<TlsContext> pinned_context(const std::string& pem) {
  TlsContext context = new_context();
  if (!context)
    return tls_error(ErrorKind::internal, Retry::after(), "TLS is not available", text_of(::ERR_get_error()));
  X509_STORE* store = ::SSL_CTX_get_cert_store(context.get());
  if (add_authorities(*store, pem) <= 0) {
    return tls_error(ErrorKind::invalid_argument, Retry::after_user_action(),
                     "the given authority is not a list of PEM certificates", {});
  }
  ::X509_STORE_set_flags(store,
                         X509_V_FLAG_PARTIAL_CHAIN);  // an intermediate, or the server's own, may be the one
  return context;
}

Result<TlsContext> system_context() {
  TlsContext context = new_context();
  if (!context || ::SSL_CTX_set_default_verify_paths(context.get()) != 1) {
    return tls_error(ErrorKind::internal, Retry::after(), "TLS is not available", text_of(::ERR_get_error()));
  }
  return context;
}

}  // namespace

Error untrusted_certificate(std::string detail) {
  Error error = tls_error(ErrorKind::denied, Retry::after(std::chrono::minutes(10)),
                          "could not verify the server's certificate", std::move(detail));
  error.hint = "Check the server's name and the clock, or give the authority that signed its certificate.";
  return error;
}

Result<TlsContext> TlsTrust::context(const std::string& authority_pem) {
  if (authority_pem.size() > pem_bytes_max) {
    return tls_error(ErrorKind::limit, Retry::after_user_action(), "the given authority is too long", {});
  }
  const std::lock_guard lock(mutex_);
  if (authority_pem.empty()) {
    if (system_) return system_;
    Result<TlsContext> made = system_context();
    if (made) system_ = *made;
    return made;
  }
  std::erase_if(pinned_, [](const auto& entry) { return entry.second.expired(); });
  if (auto found = pinned_.find(authority_pem); found != pinned_.end()) {
    if (TlsContext context = found->second.lock()) return context;
  }
  Result<TlsContext> made = pinned_context(authority_pem);
  if (made) pinned_[authority_pem] = *made;
  return made;
}

void TlsChannel::Deleter::operator()(ssl_st* ssl) const noexcept { ::SSL_free(ssl); }

Result<TlsChannel> TlsChannel::create(TlsContext context, int socket, const std::string& host) {
  TlsChannel channel(context, ::SSL_new(context.get()));
  SSL* ssl = channel.ssl_.get();
  bool ready = ssl != nullptr && ::SSL_set_fd(ssl, socket) == 1;
  if (ready) {
    unsigned char address[sizeof(in6_addr)];
    const bool is_address =
        ::inet_pton(AF_INET, host.c_str(), address) == 1 || ::inet_pton(AF_INET6, host.c_str(), address) == 1;
    if (is_address) {
      ready = ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(ssl), host.c_str()) == 1;
    } else {
      const std::string name = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
      ::SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
      ready = ::SSL_set1_host(ssl, name.c_str()) == 1 && ::SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
    }
  }
  if (!ready)
    return tls_error(ErrorKind::internal, Retry::after(), "TLS is not available", text_of(::ERR_get_error()));
  ::SSL_set_connect_state(ssl);
  return channel;
}

TlsStep TlsChannel::step_of(int outcome) {
  if (outcome > 0) return TlsStep::done;
  switch (::SSL_get_error(ssl_.get(), outcome)) {
    case SSL_ERROR_WANT_READ:
      return TlsStep::wait_read;
    case SSL_ERROR_WANT_WRITE:
      return TlsStep::wait_write;
    case SSL_ERROR_ZERO_RETURN:
      return TlsStep::closed;
    default:
      break;
  }
  broken_ = true;
  failure_ = ::ERR_get_error();
  ::ERR_clear_error();
  return TlsStep::failed;
}

TlsStep TlsChannel::handshake() {
  ::ERR_clear_error();
  return step_of(::SSL_do_handshake(ssl_.get()));
}

TlsStep TlsChannel::read(char* into, std::size_t size, std::size_t& count) {
  if (broken_) return TlsStep::failed;
  ::ERR_clear_error();
  return step_of(::SSL_read_ex(ssl_.get(), into, size, &count));
}

TlsStep TlsChannel::write(const char* from, std::size_t size, std::size_t& count) {
  if (broken_) return TlsStep::failed;
  ::ERR_clear_error();
  return step_of(::SSL_write_ex(ssl_.get(), from, size, &count));
}

void TlsChannel::say_goodbye() noexcept {
  if (broken_ || ::SSL_in_init(ssl_.get()) != 0) return;
  ::ERR_clear_error();
  (void)::SSL_shutdown(ssl_.get());
  ::ERR_clear_error();
}

Error TlsChannel::error() const {
  const long verified = ::SSL_get_verify_result(ssl_.get());
  if (verified != X509_V_OK) {
    return untrusted_certificate(::X509_verify_cert_error_string(verified));
  }
  if (failure_ == 0 || ERR_GET_REASON(failure_) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return tls_error(ErrorKind::unavailable, Retry::after(), "the connection was lost", {});
  }
  return tls_error(ErrorKind::unavailable, Retry::after(), "the TLS connection failed", text_of(failure_));
}

}  // namespace hermod::host
