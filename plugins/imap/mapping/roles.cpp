#include "plugins/imap/mapping/roles.hpp"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "plugins/imap/mapping/role_names.hpp"
#include "plugins/imap/wire/ascii.hpp"

namespace hermod::imap {
namespace {

using Entry = std::pair<std::string_view, Role>;

constexpr Entry attributes[] = {
    {"\\All", Role::all},
    {"\\AllMail", Role::all},
    {"\\Archive", Role::archive},
    {"\\Drafts", Role::drafts},
    {"\\Flagged", Role::starred},
    {"\\Starred", Role::starred},
    {"\\Important", Role::important},
    {"\\Inbox", Role::inbox},
    {"\\Junk", Role::spam},
    {"\\Spam", Role::spam},
    {"\\Sent", Role::sent},
    {"\\Trash", Role::trash},
};

// Case, composed and decomposed letters, and wide and narrow ones do not count (NFKC_Casefold). Nor does what
// people write for want of the right key: Romanian commas as cedillas, the dots of Turkish i.
std::string fold(std::string_view name) {
  static const std::pair<std::string_view, std::string_view> alike[] = {
      {"\u0219", "\u015f"}, {"\u021b", "\u0163"}, {"\u0131", "i"}, {"\u0307", ""}};
  UErrorCode failed = U_ZERO_ERROR;
  const auto* normalizer = icu::Normalizer2::getNFKCCasefoldInstance(failed);
  if (U_FAILURE(failed)) return to_lower(name);
  std::string out;
  icu::StringByteSink<std::string> sink(&out);
  normalizer->normalizeUTF8(0, {name.data(), static_cast<std::int32_t>(name.size())}, sink, nullptr, failed);
  if (U_FAILURE(failed)) return to_lower(name);
  for (const auto& [from, to] : alike) {
    for (auto at = out.find(from); at != std::string::npos; at = out.find(from, at + to.size())) {
      out.replace(at, from.size(), to);
    }
  }
  const auto first = out.find_first_not_of(' ');
  return first == std::string::npos ? std::string()
                                    : out.substr(first, out.find_last_not_of(' ') - first + 1);
}

using RolesByName = std::unordered_map<std::string, Role>;

RolesByName roles_by_name() {
  constexpr std::string_view divider = " | ";
  RolesByName roles;
  for (auto [role, names] : role_names()) {
    while (!names.empty()) {
      const auto end = names.find(divider);
      roles.emplace(fold(names.substr(0, end)), role);
      names.remove_prefix(end == std::string_view::npos ? names.size() : end + divider.size());
    }
  }
  return roles;
}

}  // namespace

std::optional<Role> declared_role(const std::vector<std::string>& of_folder) {
  for (const auto& [attribute, role] : attributes) {
    const auto matches = [&](const std::string& given) { return equals_ignoring_case(given, attribute); };
    if (std::ranges::any_of(of_folder, matches)) return role;
  }
  return std::nullopt;
}

std::optional<Role> guessed_role(std::string_view name) {
  static const RolesByName roles = roles_by_name();
  const auto found = roles.find(fold(name));
  return found != roles.end() ? std::optional(found->second) : std::nullopt;
}

}  // namespace hermod::imap
