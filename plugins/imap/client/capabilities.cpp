#include "plugins/imap/client/capabilities.hpp"

#include <algorithm>

#include "plugins/imap/client/limits.hpp"

namespace hermod::imap {

Capabilities::Capabilities(std::vector<std::string> upper_case_names) {
  const auto kept = std::min(upper_case_names.size(), capabilities_max);
  for (std::size_t i = 0; i < kept; ++i) names_.insert(std::move(upper_case_names[i]));
}

LiteralSupport Capabilities::literals() const {
  if (has("LITERAL+")) return LiteralSupport::any;
  if (has("LITERAL-") || has("IMAP4REV2")) return LiteralSupport::small;
  return LiteralSupport::synchronizing;
}

}  // namespace hermod::imap
