// Header values of a download, made from what a stranger wrote into a message.
// Specification: RFC 6266 §4, RFC 8187 §3.2; RFC 2045 §5.1 for the media type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hermod::server {

enum class Disposition : std::uint8_t { attachment, inline_ };

// `inline; filename="…"; filename*=UTF-8''…`: ASCII alone, no quote and no control character from the file's
// name.
std::string content_disposition(Disposition disposition, std::string_view filename);

// The type itself when it has the form of one, else application/octet-stream.
std::string safe_media_type(std::string_view type);

}  // namespace hermod::server
