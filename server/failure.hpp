// failure(): an Error of the server's own, in one line.
#pragma once

#include <hermod/result.hpp>
#include <string>
#include <utility>

namespace hermod::server {

inline Error failure(ErrorKind kind, std::string message, std::string hint = {}, std::string detail = {}) {
  return Error{
      kind, ErrorScope::provider, Retry::never(), std::move(message), std::move(detail), std::move(hint), {}};
}

}  // namespace hermod::server
