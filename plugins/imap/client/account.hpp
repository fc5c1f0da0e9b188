// AccountSettings: where an account's server is and how to log in. A value, made by mapping/settings.hpp.
// Holds secrets: never logged.
#pragma once

#include <cstdint>
#include <string>

#include "plugins/imap/client/limits.hpp"

namespace hermod::imap {

enum class Encryption : std::uint8_t { implicit, starttls, none };

struct AccountSettings {
  std::string host;
  std::uint16_t port = 0;
  Encryption encryption = Encryption::implicit;
  std::string authority_pem;  // trust only these certificates; empty: the system's
  std::string username;
  std::string password;  // empty: log in with the host's access token
  std::size_t connections = connections_default;
  std::chrono::minutes idle_renewal = idle_renewal_default;
};

}  // namespace hermod::imap
