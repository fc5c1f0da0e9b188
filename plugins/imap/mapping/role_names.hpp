// The names that clients and servers give to folders of a role: Outlook, Apple Mail, Thunderbird, Gmail,
// Roundcube, Zimbra, Yahoo and national providers, in the languages that they come in. Data.
//
// A word that names folders of two roles somewhere (`垃圾箱` is the trash of one provider and the spam of
// another) is left out: a wrong guess files mail where nobody looks for it.
#pragma once

#include <span>
#include <string_view>

#include <hermod/model.hpp>

namespace hermod::imap {

struct RoleNames {
  Role role;
  std::string_view names;  // in lower case, divided by ` | `
};

std::span<const RoleNames> role_names();

}  // namespace hermod::imap
