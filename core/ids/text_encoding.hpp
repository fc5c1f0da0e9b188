// Bytes as text: hex, base64 and base64url (RFC 4648 §4, §5, §8).
//
// Encoders: lower-case hex; base64 padded; base64url not padded. Decoders are strict: they take exactly what
// the encoder writes (hex also in upper case), so a value has one spelling. No white space, no stray bits.
// Threads: any. Limits: none but memory; callers bound what they pass.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hermod::ids {

std::string hex_encode(std::string_view bytes);
std::optional<std::string> hex_decode(std::string_view text);

std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);

std::string base64url_encode(std::string_view bytes);
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace hermod::ids
