#include "core/secrets/secret_string.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <ostream>
#include <utility>

namespace hermod::secrets {

SecretString::SecretString(std::string_view bytes) : SecretString(of_size(bytes.size())) {
  std::ranges::copy(bytes, bytes_.get());
}

SecretString::~SecretString() { wipe(); }

SecretString::SecretString(SecretString&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

SecretString& SecretString::operator=(SecretString&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  bytes_ = std::move(other.bytes_);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

SecretString SecretString::of_size(std::size_t size) {
  SecretString secret;
  secret.bytes_ = std::make_unique<char[]>(size);
  secret.size_ = size;
  return secret;
}

void SecretString::wipe() noexcept {
  if (bytes_) OPENSSL_cleanse(bytes_.get(), size_);  // a plain fill before free would be optimised away
}

std::ostream& operator<<(std::ostream& out, const SecretString&) { return out << secret_placeholder; }

}  // namespace hermod::secrets
