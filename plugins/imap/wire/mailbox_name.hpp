// Mailbox names: modified UTF-7 on the wire (RFC 3501 §5.1.3), UTF-8 in the model. Pure functions.
//
// The octets a server sent are the name's key for good; the decoded form is for people. Some servers send raw
// UTF-8 or an unescaped `&` (Dovecot in NOTIFY), so decoding never fails outright: see `display_name`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hermod::imap {

// Absent when `wire` is no well-formed modified UTF-7 (stray `&`, bad base64, lone surrogate, 8-bit octet).
std::optional<std::string> decode_mailbox_name(std::string_view wire);

// Absent when `utf8` is not well-formed UTF-8.
std::optional<std::string> encode_mailbox_name(std::string_view utf8);

// Decoded where possible, else the octets themselves; ill-formed sequences and control characters are
// replaced by U+FFFD. Always valid UTF-8.
std::string display_name(std::string_view wire);

// INBOX is the one name without case.
bool is_inbox(std::string_view wire);

}  // namespace hermod::imap
