// AccountSettings: the settings of a connect request, checked against what the provider's plugin declared.
//
// A key that the plugin did not declare is left out: clients send some that mean nothing to it. Numbers and
// booleans may come as text. Limits: as declared; text up to setting_bytes_max.
#pragma once

#include <Poco/JSON/Object.h>

#include <hermod/settings.hpp>
#include <map>
#include <optional>

namespace hermod::server {

inline constexpr std::size_t setting_bytes_max = 64 << 10;

struct AccountSettings {
  Settings plain, secret;
};
enum class Completeness : std::uint8_t { whole, partial };  // whole: the required ones must be there

Result<AccountSettings> read_account_settings(const std::vector<SettingDeclaration>& declared,
                                              const Poco::JSON::Object& given, Completeness completeness);

// settings.email, else a user name with an "@"; nothing when there is neither.
std::optional<std::string> address_of(const Poco::JSON::Object& given, const AccountSettings& settings);

std::string settings_json(const Settings& settings);
std::map<std::string, std::string> settings_text(const Settings& settings);  // for sealing
// The inverse of settings_text for the values that were declared.
Settings settings_from_text(const std::vector<SettingDeclaration>& declared,
                            const std::map<std::string, std::string>& texts);

}  // namespace hermod::server
