// The account's settings: what the plugin declares, and the declared values as AccountSettings. Pure
// functions.
#pragma once

#include <vector>

#include <hermod/provider.hpp>

#include "plugins/imap/client/account.hpp"

namespace hermod::imap {

std::vector<SettingDeclaration> setting_declarations();

// Error{invalid_argument} names the key that makes no sense. Without `imap_tls` the port decides: 993 is
// implicit TLS, every other STARTTLS; never silently none.
Result<AccountSettings> map_settings(const Settings& settings, const Credentials& credentials,
                                     const Settings& operator_settings);

}  // namespace hermod::imap
