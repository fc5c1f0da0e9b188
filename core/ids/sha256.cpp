#include "core/ids/sha256.hpp"

#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>

namespace hermod::ids {
namespace {

void require(bool succeeded) {
  if (succeeded) return;
  std::fputs("fatal: the crypto library cannot compute SHA-256\n", stderr);
  std::abort();
}

// Fetched once: looking an algorithm up costs more than hashing a short text.
const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  require(fetched != nullptr);
  return fetched;
}

EVP_MD_CTX* as_context(void* context) { return static_cast<EVP_MD_CTX*>(context); }

}  // namespace

Sha256Digest sha256(std::string_view bytes) {
  Sha256Digest digest;
  require(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm(), nullptr) == 1);
  return digest;
}

void Sha256::ContextDeleter::operator()(void* context) const noexcept {
  EVP_MD_CTX_free(as_context(context));
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  require(context_ && EVP_DigestInit_ex(as_context(context_.get()), algorithm(), nullptr) == 1);
}

void Sha256::update(std::string_view bytes) {
  require(EVP_DigestUpdate(as_context(context_.get()), bytes.data(), bytes.size()) == 1);
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  require(EVP_DigestFinal_ex(as_context(context_.get()), digest.data(), nullptr) == 1);
  return digest;
}

}  // namespace hermod::ids
