#include "server/http/tls.hpp"

#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLManager.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <memory>

#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr const char* ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";  // of TLS 1.2; those of 1.3 are all good

using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// Instead of asking at the terminal, as OpenSSL would.
int no_passphrase(char*, int, int, void*) { return -1; }

Error refused(std::string message, std::string hint = {}) {
  ERR_clear_error();
  return failure(ErrorKind::invalid_argument, std::move(message), std::move(hint));
}

// Checked here, because the library below answers with OpenSSL's text and no file name, or asks for a
// passphrase.
Status check_pair(const std::filesystem::path& certificate_path, const std::filesystem::path& key_path) {
  const File certificate_file(std::fopen(certificate_path.c_str(), "re"), &std::fclose);
  if (!certificate_file) return refused("could not read server.tls_cert " + certificate_path.string());
  const File key_file(std::fopen(key_path.c_str(), "re"), &std::fclose);
  if (!key_file) return refused("could not read server.tls_key " + key_path.string());

  const Certificate certificate(PEM_read_X509(certificate_file.get(), nullptr, no_passphrase, nullptr),
                                &X509_free);
  if (!certificate)
    return refused("server.tls_cert " + certificate_path.string() + " holds no PEM certificate");
  const PrivateKey key(PEM_read_PrivateKey(key_file.get(), nullptr, no_passphrase, nullptr), &EVP_PKEY_free);
  if (!key) {
    return refused("server.tls_key " + key_path.string() + " holds no usable PEM key",
                   "an encrypted key cannot be used: openssl pkey -in KEY -out PLAIN");
  }
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return refused("server.tls_key does not belong to server.tls_cert");
  }
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) < 0) {
    return refused("server.tls_cert " + certificate_path.string() + " has expired");
  }
  return ok();
}

}  // namespace

Result<Poco::Net::Context::Ptr> server_tls_context(const std::filesystem::path& certificate,
                                                   const std::filesystem::path& key) {
  if (auto checked = check_pair(certificate, key); !checked) return std::move(checked).error();
  try {
    Poco::Net::initializeSSL();
    Poco::Net::Context::Params parameters;
    parameters.certificateFile = certificate.string();
    parameters.privateKeyFile = key.string();
    parameters.verificationMode = Poco::Net::Context::VERIFY_NONE;  // of clients, which have no certificate
    parameters.cipherList = ciphers;
    Poco::Net::Context::Ptr context = new Poco::Net::Context(Poco::Net::Context::TLS_SERVER_USE, parameters);
    context->requireMinimumProtocol(Poco::Net::Context::PROTO_TLSV1_2);
    context->preferServerCiphers();
    return context;
  } catch (const Poco::Exception& exception) {
    return refused("server.tls_cert and server.tls_key could not be loaded: " + exception.displayText());
  }
}

}  // namespace hermod::server
