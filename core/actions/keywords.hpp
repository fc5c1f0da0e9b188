// Keywords: flags that are a name alone, compared without case (RFC 9051 §2.3.2) and kept as they are spelled.
// Pure.
#pragma once

#include "hermod/model.hpp"

namespace hermod::actions {

using Keywords = std::vector<std::string>;

// To applications a keyword, in the model a flag: Flag::forwarded.
inline constexpr std::string_view forwarded_keyword = "$Forwarded";

bool contains(const Keywords& keywords, std::string_view keyword);
// Those that the others lack, in their order.
Keywords difference(const Keywords& keywords, const Keywords& without);
// Sorted, each once; of several spellings the first in the order of bytes.
Keywords in_order(Keywords keywords);
// As applications see them, in order.
Keywords shown_keywords(FlagSet flags, Keywords keywords);

}  // namespace hermod::actions
