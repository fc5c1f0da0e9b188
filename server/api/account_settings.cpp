#include "server/api/account_settings.hpp"

#include <algorithm>
#include <charconv>

#include "server/failure.hpp"
#include "server/json/writer.hpp"

namespace hermod::server {
namespace {

Error refused(const std::string& key, std::string_view why) {
  return failure(ErrorKind::invalid_argument, "settings." + key + " " + std::string(why));
}

Result<SettingValue> read_integer(const SettingDeclaration& declared, const Poco::Dynamic::Var& given) {
  std::int64_t number = 0;
  if (given.isInteger() && !given.isBoolean()) {
    number = given.convert<std::int64_t>();
  } else if (given.isString()) {
    const auto text = given.extract<std::string>();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
      return refused(declared.key, "is not a number");
  } else {
    return refused(declared.key, "is not a number");
  }
  const bool bounded = declared.minimum != 0 || declared.maximum != 0;
  if (bounded && (number < declared.minimum || number > declared.maximum)) {
    return refused(declared.key, "is not between " + std::to_string(declared.minimum) + " and " +
                                     std::to_string(declared.maximum));
  }
  return SettingValue(number);
}

Result<SettingValue> read_boolean(const SettingDeclaration& declared, const Poco::Dynamic::Var& given) {
  if (given.isBoolean()) return SettingValue(given.extract<bool>());
  if (given.isString() && given.extract<std::string>() == "true") return SettingValue(true);
  if (given.isString() && given.extract<std::string>() == "false") return SettingValue(false);
  return refused(declared.key, "is neither true nor false");
}

Result<SettingValue> read_text(const SettingDeclaration& declared, const Poco::Dynamic::Var& given) {
  if (!given.isString()) return refused(declared.key, "is not a string");
  auto text = given.extract<std::string>();
  if (text.size() > setting_bytes_max) return refused(declared.key, "is too long");
  if (!declared.choices.empty() && std::ranges::find(declared.choices, text) == declared.choices.end()) {
    std::string choices;
    for (const std::string& choice : declared.choices) choices += (choices.empty() ? "" : ", ") + choice;
    return refused(declared.key, "is not one of " + choices);
  }
  return SettingValue(std::move(text));
}

Result<SettingValue> read_value(const SettingDeclaration& declared, const Poco::Dynamic::Var& given) {
  switch (declared.type) {
    case SettingType::integer:
      return read_integer(declared, given);
    case SettingType::boolean:
      return read_boolean(declared, given);
    case SettingType::string:
      break;
  }
  return read_text(declared, given);
}

bool is_address(std::string_view text) {
  const std::size_t at = text.rfind('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size();
}

}  // namespace

Result<AccountSettings> read_account_settings(const std::vector<SettingDeclaration>& declared,
                                              const Poco::JSON::Object& given, Completeness completeness) {
  AccountSettings settings;
  for (const SettingDeclaration& each : declared) {
    if (each.use == SettingUse::operator_) continue;
    const auto found = given.get(each.key);
    const bool absent = found.isEmpty() || (found.isString() && found.extract<std::string>().empty());
    if (absent) {
      if (each.required && completeness == Completeness::whole) return refused(each.key, "is missing");
      continue;
    }
    auto value = read_value(each, found);
    if (!value) return std::move(value).error();
    (each.use == SettingUse::secret ? settings.secret : settings.plain).set(each.key, std::move(*value));
  }
  return settings;
}

std::optional<std::string> address_of(const Poco::JSON::Object& given, const AccountSettings& settings) {
  const auto email = given.get("email");
  if (email.isString() && is_address(email.extract<std::string>())) return email.extract<std::string>();
  for (const auto& [key, value] : settings.plain.values()) {
    const auto* text = std::get_if<std::string>(&value);
    if (text != nullptr && key.ends_with("username") && is_address(*text)) return *text;
  }
  return std::nullopt;
}

std::string settings_json(const Settings& settings) {
  JsonWriter writer;
  writer.begin_object();
  for (const auto& [key, value] : settings.values()) {
    std::visit([&](const auto& each) { writer.member(key, each); }, value);
  }
  return writer.end_object().text();
}

std::map<std::string, std::string> settings_text(const Settings& settings) {
  std::map<std::string, std::string> texts;
  for (const auto& [key, value] : settings.values()) {
    if (const auto* text = std::get_if<std::string>(&value)) texts[key] = *text;
    if (const auto* number = std::get_if<std::int64_t>(&value)) texts[key] = std::to_string(*number);
    if (const auto* flag = std::get_if<bool>(&value)) texts[key] = *flag ? "true" : "false";
  }
  return texts;
}

Settings settings_from_text(const std::vector<SettingDeclaration>& declared,
                            const std::map<std::string, std::string>& texts) {
  Settings settings;
  for (const SettingDeclaration& each : declared) {
    const auto found = texts.find(each.key);
    if (found == texts.end()) continue;
    if (auto value = read_value(each, found->second)) settings.set(each.key, std::move(*value));
  }
  return settings;
}

}  // namespace hermod::server
