// The errors of this room, each made in one place so that kind, scope and retry are the same everywhere.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include <hermod/result.hpp>

namespace hermod::blob {

// Long enough that a full disk is not hammered, short enough that sync resumes soon after it was cleaned.
inline constexpr std::chrono::seconds disk_retry_delay{30};

inline Error blob_error(ErrorKind kind, ErrorScope scope, Retry retry, std::string message,
                        std::string hint = {}) {
  return {.kind = kind,
          .scope = scope,
          .retry = retry,
          .message = std::move(message),
          .detail = {},
          .hint = std::move(hint),
          .provider_code = {}};
}

inline Error disk_error(std::string message, std::string hint = {}) {
  return blob_error(ErrorKind::unavailable, ErrorScope::provider, Retry::after(disk_retry_delay),
                    std::move(message), std::move(hint));
}

inline Error root_missing() {
  return disk_error("the blob folder is missing",
                    "Mount its disk, or make the folder anew if the messages may be fetched again.");
}

inline Error damaged(std::string message) {
  return blob_error(ErrorKind::invalid_data, ErrorScope::item, Retry::never(), std::move(message),
                    "The message must be fetched again; check the disk.");
}

inline Error misuse(std::string message) {
  return blob_error(ErrorKind::invalid_argument, ErrorScope::item, Retry::never(), std::move(message));
}

inline Error too_long(std::string message) {
  return blob_error(ErrorKind::limit, ErrorScope::item, Retry::never(), std::move(message));
}

}  // namespace hermod::blob
