#include "host/certificates.hpp"

#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace hermod::test {
namespace {

constexpr long day_seconds = 24 * 60 * 60;

void require(bool succeeded, const char* what) {
  if (!succeeded) throw std::runtime_error(std::string("could not make a test certificate: ") + what);
}

std::shared_ptr<EVP_PKEY> new_key() {
  std::shared_ptr<EVP_PKEY> key(::EVP_EC_gen("P-256"), &::EVP_PKEY_free);
  require(key != nullptr, "key");
  return key;
}

template <class Write>
std::string to_pem(Write write) {
  const std::unique_ptr<BIO, decltype(&::BIO_free)> bio(::BIO_new(::BIO_s_mem()), &::BIO_free);
  require(write(bio.get()) == 1, "PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}
std::string to_pem(X509* certificate) {
  return to_pem([&](BIO* bio) { return ::PEM_write_bio_X509(bio, certificate); });
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&::X509_EXTENSION_free)> extension(
      ::X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()), &::X509_EXTENSION_free);
  require(extension && ::X509_add_ext(certificate, extension.get(), -1) == 1, value.c_str());
}

std::shared_ptr<X509> new_certificate(EVP_PKEY* key, const std::string& name, Validity validity) {
  static long serial = 0;
  std::shared_ptr<X509> certificate(::X509_new(), &::X509_free);
  ::X509_set_version(certificate.get(), X509_VERSION_3);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate.get()), ++serial);
  const bool expired = validity == Validity::expired;
  ::X509_gmtime_adj(::X509_getm_notBefore(certificate.get()), -2 * day_seconds);
  ::X509_gmtime_adj(::X509_getm_notAfter(certificate.get()), expired ? -day_seconds : day_seconds);
  ::X509_set_pubkey(certificate.get(), key);
  ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

}  // namespace

Authority::Authority()
    : key_(new_key()), certificate_(new_certificate(key_.get(), "Test authority", Validity::current)) {
  X509* self = certificate_.get();
  ::X509_set_issuer_name(self, ::X509_get_subject_name(self));
  add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(self, self, NID_key_usage, "critical,keyCertSign");
  add_extension(self, self, NID_subject_key_identifier, "hash");
  require(::X509_sign(self, key_.get(), ::EVP_sha256()) != 0, "signature");
  pem_ = to_pem(self);
}

Identity Authority::issue(const std::string& alternative_name, Validity validity) const {
  const auto key = new_key();
  const auto certificate = new_certificate(key.get(), "Test server", validity);
  ::X509_set_issuer_name(certificate.get(), ::X509_get_subject_name(certificate_.get()));
  add_extension(certificate.get(), certificate_.get(), NID_subject_alt_name, alternative_name);
  add_extension(certificate.get(), certificate_.get(), NID_authority_key_identifier, "keyid:always");
  require(::X509_sign(certificate.get(), key_.get(), ::EVP_sha256()) != 0, "signature");
  return {to_pem(certificate.get()), to_pem([&](BIO* bio) {
            return ::PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace hermod::test
