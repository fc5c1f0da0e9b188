// Settings: the typed key-value pairs that a plugin declares and the host hands it, checked.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "hermod/result.hpp"

namespace hermod {

using SettingValue = std::variant<std::string, std::int64_t, bool>;

enum class SettingType : std::uint8_t { string, integer, boolean };
enum class SettingUse : std::uint8_t {
  account,   // given by the API's caller when an account is connected; kept readable
  secret,    // likewise, but kept encrypted, never shown
  operator_  // from [plugin.NAME] of the configuration file
};

struct SettingDeclaration {
  std::string key;
  SettingType type = SettingType::string;
  SettingUse use = SettingUse::account;
  bool required = false;
  std::string description;  // one line; says the default
  std::int64_t minimum = 0, maximum = 0;     // of an integer; both 0: any
  std::vector<std::string> choices = {};     // of a string; empty: any
};

class Settings {
 public:
  Settings() = default;
  explicit Settings(std::map<std::string, SettingValue> values) : values_(std::move(values)) {}
  void set(std::string key, SettingValue value) { values_.insert_or_assign(std::move(key), std::move(value)); }
  bool has(const std::string& key) const { return values_.contains(key); }
  std::string text(const std::string& key, std::string fallback = {}) const { return get(key, std::move(fallback)); }
  std::int64_t integer(const std::string& key, std::int64_t fallback = 0) const { return get(key, fallback); }
  bool boolean(const std::string& key, bool fallback = false) const { return get(key, fallback); }
  const std::map<std::string, SettingValue>& values() const noexcept { return values_; }

 private:
  template <class T>
  T get(const std::string& key, T fallback) const {
    auto found = values_.find(key);
    if (found == values_.end()) return fallback;
    const T* value = std::get_if<T>(&found->second);
    return value != nullptr ? *value : fallback;
  }
  std::map<std::string, SettingValue> values_;
};

}  // namespace hermod
