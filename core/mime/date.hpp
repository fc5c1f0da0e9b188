// The Date header → Unix seconds. RFC 5322 §3.3 and §4.3, asctime, ISO 8601, and the forms old mailers write.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hermod::mime {

// Nothing if the text is no date of the calendar or of a time zone that exists. `text` is unfolded. A missing
// zone is UTC; a leap second counts as the second before.
std::optional<std::int64_t> parse_date(std::string_view text);

}  // namespace hermod::mime
