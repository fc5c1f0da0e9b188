#include "core/actions/keywords.hpp"

#include <algorithm>

#include "core/mime/ascii.hpp"

namespace hermod::actions {

bool contains(const Keywords& keywords, std::string_view keyword) {
  return std::ranges::any_of(keywords,
                             [&](const std::string& one) { return mime::ascii_equal(one, keyword); });
}

Keywords difference(const Keywords& keywords, const Keywords& without) {
  Keywords rest = keywords;
  std::erase_if(rest, [&](const std::string& one) { return contains(without, one); });
  return rest;
}

Keywords in_order(Keywords keywords) {
  std::ranges::sort(keywords, {},
                    [](const std::string& one) { return std::pair(mime::ascii_lowered(one), one); });
  const auto repeated = std::ranges::unique(keywords, mime::ascii_equal);
  keywords.erase(repeated.begin(), repeated.end());
  return keywords;
}

Keywords shown_keywords(FlagSet flags, Keywords keywords) {
  if (flags.has(Flag::forwarded)) keywords.emplace_back(forwarded_keyword);
  return in_order(std::move(keywords));
}

}  // namespace hermod::actions
