#include "server/api/json_input.hpp"

#include <Poco/JSON/Array.h>

#include "server/failure.hpp"

namespace hermod::server {
namespace {

Error mistyped(const std::string& name, std::string_view wanted) {
  return failure(ErrorKind::invalid_argument, "`" + name + "` is not " + std::string(wanted));
}

}  // namespace

Result<Poco::JSON::Object::Ptr> read_json_body(Request& request, std::uint64_t bytes_max) {
  auto text = request.body.read_all(bytes_max);
  if (!text) return std::move(text).error();
  return parse_json_object(*text);
}

Result<std::optional<std::string>> text_member(const Poco::JSON::Object& object, const std::string& name) {
  const auto value = object.get(name);
  if (value.isEmpty()) return std::optional<std::string>();
  if (!value.isString()) return mistyped(name, "a string");
  return std::optional(value.extract<std::string>());
}

Result<std::optional<bool>> boolean_member(const Poco::JSON::Object& object, const std::string& name) {
  const auto value = object.get(name);
  if (value.isEmpty()) return std::optional<bool>();
  if (!value.isBoolean()) return mistyped(name, "true or false");
  return std::optional(value.extract<bool>());
}

Result<Poco::JSON::Object::Ptr> object_member(const Poco::JSON::Object& object, const std::string& name) {
  const auto value = object.get(name);
  if (value.isEmpty()) return Poco::JSON::Object::Ptr();
  if (value.type() != typeid(Poco::JSON::Object::Ptr)) return mistyped(name, "an object");
  return value.extract<Poco::JSON::Object::Ptr>();
}

Result<std::vector<std::string>> text_list(const Poco::JSON::Object& object, const std::string& name,
                                           std::size_t values_max) {
  std::vector<std::string> texts;
  const auto value = object.get(name);
  if (value.isEmpty()) return texts;
  if (value.type() != typeid(Poco::JSON::Array::Ptr)) return mistyped(name, "a list of strings");
  const auto& array = *value.extract<Poco::JSON::Array::Ptr>();
  if (array.size() > values_max)
    return mistyped(name, "a list of at most " + std::to_string(values_max) + " strings");
  for (const auto& element : array) {
    if (!element.isString()) return mistyped(name, "a list of strings");
    texts.push_back(element.extract<std::string>());
  }
  return texts;
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

}  // namespace hermod::server
