// What the API shows of an Error: {"kind","message","hint"}.
#pragma once

#include <string>

#include "core/json/rapidjson.hpp"
#include "hermod/result.hpp"

namespace hermod {

inline std::string error_json(const Error& error) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
  const auto text = [&](const char* key, std::string_view value) {
    json.Key(key);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  json.StartObject();
  text("kind", to_string(error.kind));
  text("message", error.message);
  text("hint", error.hint);
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace hermod
