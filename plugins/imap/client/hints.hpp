// What to do about the errors that stop an account, in words for whoever owns it.
#pragma once

#include <string_view>

namespace hermod::imap {

inline constexpr std::string_view hint_wait =
    "it is tried again by itself; if it lasts, ask whoever runs the server";
inline constexpr std::string_view hint_network =
    "it is tried again by itself; if it lasts, check host, port and network, or ask whoever runs the server";
inline constexpr std::string_view hint_fewer_connections =
    "it is tried again by itself; if it lasts, allow the account fewer connections, or close other mail "
    "programs";
inline constexpr std::string_view hint_credentials =
    "check the name and the password, then connect the account again; many providers want a password for "
    "this "
    "program alone (an app password), or IMAP to be allowed in their settings";

}  // namespace hermod::imap
