// The name of an attachment: from whichever header has it, made fit for display. RFC 2183 §2.3, RFC 2231.
// Never a path: the last segment only, no controls, at most file_name_bytes_max bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <core/mime/structure.hpp>

namespace hermod::mime {

inline constexpr std::size_t file_name_bytes_max = 255;

// "" if the part has none.
std::string sent_file_name(const Part& part, const Parameters& disposition);

// The name for part `number` of that type without one: "attachment-2.pdf".
std::string default_file_name(std::string_view content_type, std::size_t number);

// The media type that its extension stands for; application/octet-stream for others.
std::string type_of_file_name(std::string_view name);

// "" if nothing of it is left.
std::string clean_file_name(std::string_view name);

}  // namespace hermod::mime
