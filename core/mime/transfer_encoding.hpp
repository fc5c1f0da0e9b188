// Content-Transfer-Encoding: the bytes of a part as they were before they were sent. RFC 2045 §6, POSIX
// uuencode.
//
// Lenient: base64 goes on after padding in the middle and skips foreign characters; what is not a valid
// quoted-printable escape stays as it is; "base64" over plain text is taken for 8bit. Linear time; output is
// handed out in chunks of at most `chunk_bytes_max`, so memory does not grow with the part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace hermod::mime {

enum class TransferEncoding : std::uint8_t { identity, base64, quoted_printable, uuencode };

inline constexpr std::size_t chunk_bytes_max = std::size_t{64} << 10;

// `value` is the header's; anything unknown is identity.
TransferEncoding transfer_encoding_from(std::string_view value);

// `declared`, unless the body plainly is not that.
TransferEncoding effective_encoding(std::string_view body, TransferEncoding declared);

using ByteSink = std::function<bool(std::string_view chunk)>;

// Gives false if the sink stopped the decoding.
bool decode_transfer(std::string_view body, TransferEncoding encoding, const ByteSink& sink);

// The first `bytes_max` decoded bytes.
std::string decode_transfer(std::string_view body, TransferEncoding encoding, std::size_t bytes_max);

// For encoded words (RFC 2047 §4): base64 and the "Q" encoding, appended to `out`.
void append_base64(std::string& out, std::string_view encoded);
void append_q_encoding(std::string& out, std::string_view encoded);

}  // namespace hermod::mime
