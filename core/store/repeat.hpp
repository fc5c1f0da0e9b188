// repeated(): a whole transaction once more when the database asks for that, since it was the victim of a deadlock or
// could not be ordered with others (40P01, 40001, 55P03). Nothing of it has happened then.
#pragma once

#include <concepts>

#include "hermod/result.hpp"

namespace hermod::store {

inline constexpr int transaction_attempts_max = 5;

// `write` begins and commits a transaction of its own, and may be called again. Gives its last outcome.
template <std::invocable Write>
auto repeated(Write write) {
  auto outcome = write();
  for (int attempt = 1; attempt < transaction_attempts_max && !outcome; ++attempt) {
    const Error& error = outcome.error();
    if (error.kind != ErrorKind::conflict || error.retry.when != Retry::When::now) break;
    outcome = write();
  }
  return outcome;
}

}  // namespace hermod::store
