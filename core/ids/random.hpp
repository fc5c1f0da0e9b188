// Random bytes fit for keys and identifiers, from OpenSSL's generator (reseeds itself after fork).
//
// Threads: any. A generator without entropy ends the process: there is no safe way to go on without.
#pragma once

#include <cstdint>
#include <span>

namespace hermod::ids {

void fill_random(std::span<std::uint8_t> bytes);

}  // namespace hermod::ids
