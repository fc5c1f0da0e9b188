// Provider: what a plugin offers. One per plugin, thread-safe, without state of any account.
#pragma once

#include "hermod/session.hpp"

namespace hermod {

struct ProviderDescription {
  std::string provider;                    // as in the API: "imap", "google", "microsoft", "ews", "eas"
  std::string display_name;
  std::vector<std::string> facets;         // of its sessions and of itself: "push/1"
  std::vector<std::string> mutations;      // names of the Mutation alternatives it applies, "SetFlags"
  std::vector<SettingDeclaration> settings;
  std::vector<std::string> domains;        // addresses of these are surely its own
};

struct Detection {
  int confidence = 0;  // 0: surely not; 100: surely
  Settings settings;   // what could be found out: hosts, ports
};

// What an account was connected with: the `secret` settings that it declared.
struct Credentials {
  Settings secrets;
};

class Provider {
 public:
  virtual ~Provider() = default;
  virtual ProviderDescription describe() const = 0;
  // Whether that address looks like one of its own, by the address's domain and the host's DNS.
  virtual Task<Result<Detection>> detect(std::string address, Host& host) = 0;
  // Logs in. Error{auth} when the credentials are refused, Error{invalid_argument} for settings that make no sense.
  virtual Task<Result<std::unique_ptr<Session>>> open(Settings settings, Credentials credentials, Host& host) = 0;
  // The facet of that id, owned by the provider; null: not supported.
  virtual Facet* facet(std::string_view id) = 0;
};

}  // namespace hermod
