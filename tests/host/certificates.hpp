// An authority of the test's own and certificates that it signs, as PEM. Made anew in each run; nothing
// secret.
#pragma once

#include <memory>
#include <string>

#include <openssl/x509.h>

namespace hermod::test {

struct Identity {
  std::string certificate_pem;
  std::string key_pem;
};

enum class Validity { current, expired };

class Authority {
 public:
  Authority();
  const std::string& pem() const noexcept { return pem_; }
  // `alternative_name` as OpenSSL writes it: "DNS:mail.example", "IP:127.0.0.1".
  Identity issue(const std::string& alternative_name, Validity validity = Validity::current) const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
  std::string pem_;
};

}  // namespace hermod::test
