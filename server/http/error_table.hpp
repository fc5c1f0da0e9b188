// The one table from Error.kind to HTTP status and to the type that clients see.
#pragma once

#include <hermod/result.hpp>
#include <string_view>

namespace hermod::server {

struct WireError {
  int status;
  std::string_view type;  // always "api."…
};

constexpr WireError wire_error(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::auth:
      return {401, "api.authentication_error"};
    case ErrorKind::denied:
      return {403, "api.permission_error"};
    case ErrorKind::not_found:
      return {404, "api.not_found_error"};
    case ErrorKind::conflict:
      return {409, "api.conflict_error"};
    case ErrorKind::rate_limited:
      return {429, "api.rate_limit_error"};
    case ErrorKind::cursor_invalid:
      return {410, "api.cursor_expired"};
    case ErrorKind::unsupported:
      return {501, "api.not_implemented"};
    case ErrorKind::invalid_data:
      return {502, "api.provider_error"};
    case ErrorKind::invalid_argument:
      return {400, "api.invalid_request_error"};
    case ErrorKind::limit:
      return {413, "api.limit_error"};
    case ErrorKind::unavailable:
      return {503, "api.unavailable_error"};
    case ErrorKind::timeout:
      return {504, "api.provider_error"};
    case ErrorKind::cancelled:
      return {503, "api.unavailable_error"};
    case ErrorKind::internal:
      return {500, "api.internal_error"};
  }
  return {500, "api.internal_error"};
}

}  // namespace hermod::server
