// How the value of a key is checked and stored, one overload a type.
#include <charconv>
#include <utility>

#include "server/config/keys.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr std::pair<std::string_view, LogLevel> log_levels[] = {{"debug", LogLevel::debug},
                                                                {"info", LogLevel::info},
                                                                {"warn", LogLevel::warn},
                                                                {"error", LogLevel::error}};
constexpr std::pair<std::string_view, LogFormat> log_formats[] = {{"json", LogFormat::json},
                                                                  {"text", LogFormat::text}};

Error expected(std::string what) {
  return failure(ErrorKind::invalid_argument, "must be " + std::move(what));
}

Result<std::int64_t> number(const Key& key, const RawValue& value) {
  const auto* given = std::get_if<std::int64_t>(&value);
  if (given == nullptr) return expected("a whole number");
  if (*given < key.minimum || *given > key.maximum) {
    return expected("from " + std::to_string(key.minimum) + " to " + std::to_string(key.maximum));
  }
  return *given;
}

template <class E, std::size_t N>
Status choose(E& field, const RawValue& value, const std::pair<std::string_view, E> (&choices)[N]) {
  std::string names;
  const auto* given = std::get_if<std::string>(&value);
  for (const auto& [name, choice] : choices) {
    if (given != nullptr && *given == name) {
      field = choice;
      return ok();
    }
    names.append(names.empty() ? "\"" : ", \"").append(name).append("\"");
  }
  return expected("one of " + names);
}

template <class E>
Status allow(E& field, const RawValue& value) {
  const auto* given = std::get_if<bool>(&value);
  if (given == nullptr) return expected("true or false");
  field = *given ? E::allow : E::refuse;
  return ok();
}

template <class T>
Status text(T& field, const RawValue& value) {
  const auto* given = std::get_if<std::string>(&value);
  if (given == nullptr) return expected("a string");
  field = *given;
  return ok();
}

template <class List>
Status list(List& field, const RawValue& value) {
  const auto* given = std::get_if<std::vector<std::string>>(&value);
  if (given == nullptr) return expected("a list of strings");
  field = List(given->begin(), given->end());
  return ok();
}

struct Assign {
  const Key& key;
  const RawValue& value;

  Status operator()(std::string* field) const { return text(*field, value); }
  Status operator()(std::filesystem::path* field) const { return text(*field, value); }
  Status operator()(std::vector<std::string>* field) const { return list(*field, value); }
  Status operator()(std::vector<std::filesystem::path>* field) const { return list(*field, value); }
  Status operator()(std::optional<std::vector<std::string>>* field) const {
    return list(field->emplace(), value);
  }
  Status operator()(LogLevel* field) const { return choose(*field, value, log_levels); }
  Status operator()(LogFormat* field) const { return choose(*field, value, log_formats); }
  Status operator()(PrivateHosts* field) const { return allow(*field, value); }
  Status operator()(InsecureListen* field) const { return allow(*field, value); }

  Status operator()(std::int64_t* field) const {
    const auto checked = number(key, value);
    if (!checked) return checked.error();
    *field = *checked;
    return ok();
  }
  Status operator()(std::chrono::seconds* field) const {
    const auto checked = number(key, value);
    if (!checked) return checked.error();
    *field = std::chrono::seconds(*checked);
    return ok();
  }
  Status operator()(ListenAddress* field) const {
    std::string given;
    if (auto is_text = text(given, value); !is_text) return is_text;
    auto parsed = parse_listen_address(given);
    if (!parsed) return std::move(parsed).error();
    *field = *std::move(parsed);
    return ok();
  }
};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = text.find(separator);
    if (const auto part = text.substr(0, end); !part.empty()) parts.emplace_back(part);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

RawValue read_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{} || end != text.data() + text.size()) return std::string(text);
  return number;
}

RawValue read_boolean(std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return std::string(text);
}

struct FromVariable {
  std::string_view text;

  RawValue operator()(std::int64_t*) const { return read_number(text); }
  RawValue operator()(std::chrono::seconds*) const { return read_number(text); }
  RawValue operator()(PrivateHosts*) const { return read_boolean(text); }
  RawValue operator()(InsecureListen*) const { return read_boolean(text); }
  RawValue operator()(std::vector<std::filesystem::path>*) const { return split(text, ':'); }
  RawValue operator()(std::vector<std::string>*) const { return split(text, ','); }
  RawValue operator()(std::optional<std::vector<std::string>>*) const { return split(text, ','); }
  template <class Textual>
  RawValue operator()(Textual*) const {
    return std::string(text);
  }
};

}  // namespace

Status assign(const Key& key, const RawValue& value) { return std::visit(Assign{key, value}, key.field); }

RawValue from_variable(const Key& key, std::string_view text) {
  return std::visit(FromVariable{text}, key.field);
}

}  // namespace hermod::server
