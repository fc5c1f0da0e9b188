// Message-ID, In-Reply-To and References → ids without brackets. RFC 5322 §3.6.4, leniently.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hermod::mime {

// Every `<…>` of the field in order, or, if there is none, every bare word with an '@'. `field` is unfolded.
// Of more than `ids_max` the first and the last half are kept. Each is valid UTF-8 without controls, below
// 1,000 bytes.
std::vector<std::string> parse_message_ids(std::string_view field, std::size_t ids_max);

// The first id of a Message-ID field; also a bare word without an '@'. "" if there is none.
std::string parse_message_id(std::string_view field);

}  // namespace hermod::mime
