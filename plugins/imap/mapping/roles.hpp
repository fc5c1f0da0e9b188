// What a folder is for: SPECIAL-USE (RFC 6154) and XLIST attributes, else a guess by its name in the
// languages that clients and servers create folders in. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hermod/model.hpp>

namespace hermod::imap {

// By the server's attributes. Absent when it says nothing of a role.
std::optional<Role> declared_role(const std::vector<std::string>& attributes);

// By the folder's own display name (UTF-8), without its parents. A guess.
std::optional<Role> guessed_role(std::string_view name);

}  // namespace hermod::imap
