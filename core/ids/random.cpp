#include "core/ids/random.hpp"

#include <openssl/rand.h>

#include <cstdio>
#include <cstdlib>

namespace hermod::ids {

void fill_random(std::span<std::uint8_t> bytes) {
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1) return;
  std::fputs("fatal: the system gives no random bytes\n", stderr);
  std::abort();
}

}  // namespace hermod::ids
