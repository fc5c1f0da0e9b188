// Flags of the wire (RFC 9051 §2.3.2) to the model's: system flags, the registered $Forwarded, and keywords.
// Pure.
#pragma once

#include <string_view>

#include <hermod/model.hpp>

namespace hermod::imap {

inline constexpr std::size_t keywords_max = 200;  // of one message; more are left out
inline constexpr std::size_t keyword_bytes_max = 255;

struct MessageFlags {
  FlagSet flags;
  std::vector<std::string> keywords;  // sorted and unique without case; \Recent is none
  friend bool operator==(const MessageFlags&, const MessageFlags&) = default;
};

// Whether the text is a keyword that can be sent: an atom (RFC 9051 §9, flag-keyword).
bool is_keyword_to_send(std::string_view text);

// As on the wire.
std::vector<std::string> wire_flags(FlagSet flags, const std::vector<std::string>& keywords);

MessageFlags map_flags(const std::vector<std::string>& wire_flags);

// A message's content never changes, so its version is its flags: a digest of them.
RemoteVersion version_of(const MessageFlags& flags);

}  // namespace hermod::imap
