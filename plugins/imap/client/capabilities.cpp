#include "plugins/imap/client/capabilities.hpp"

#include <algorithm>
#include <charconv>

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

std::optional<std::uint64_t> Capabilities::append_limit() const {
  constexpr std::string_view name = "APPENDLIMIT=";
  const auto at = names_.lower_bound(name);
  if (at == names_.end() || !at->starts_with(name)) return std::nullopt;
  std::uint64_t limit = 0;
  const auto* end = at->data() + at->size();
  const auto [read, error] = std::from_chars(at->data() + name.size(), end, limit);
  return error == std::errc{} && read == end ? std::optional(limit) : std::nullopt;
}

}  // namespace hermod::imap
