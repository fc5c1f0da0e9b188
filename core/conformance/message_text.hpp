// The messages that the suite delivers, and how it knows them again.
#pragma once

#include "hermod/session.hpp"

namespace hermod::conformance {

// A plain message of that Message-ID; its body has about `body_bytes`.
std::string message_text(const std::string& message_id, std::size_t body_bytes);
// The content itself, or the Message-ID in it where a server makes the bytes anew at each fetch.
std::string identity_of(const std::string& content, RawStability raw);
// Without brackets; empty: it has none.
std::string message_id_in(const std::string& content);

}  // namespace hermod::conformance
