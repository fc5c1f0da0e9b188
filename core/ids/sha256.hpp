// SHA-256 (FIPS 180-4) by OpenSSL: one call for bytes at hand, a class for bytes that come in pieces.
//
// Owner: whoever holds the object. Threads: sha256() from any; a Sha256 object from one at a time.
// Limits: none but memory. A failing crypto library ends the process: nothing can be stored safely then.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

namespace hermod::ids {

using Sha256Digest = std::array<std::uint8_t, 32>;

Sha256Digest sha256(std::string_view bytes);

class Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  Sha256Digest finish();  // once; the object is spent afterwards

 private:
  struct ContextDeleter {
    void operator()(void* context) const noexcept;
  };
  std::unique_ptr<void, ContextDeleter> context_;
};

// The digest's bytes as the string_view that most encoders take; valid as long as `digest` is.
inline std::string_view as_bytes(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace hermod::ids
