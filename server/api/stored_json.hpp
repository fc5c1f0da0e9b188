// Reads the JSON that the store holds, arrays of flat objects that we wrote ourselves, without building a
// tree: only as far as it must be cut up to be written on. Pure; never reads beyond the text, whatever stands
// in it.
#pragma once

#include <algorithm>
#include <string_view>

namespace hermod::server {

// The position after the string that begins at `at`.
inline std::size_t json_string_end(std::string_view json, std::size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    if (json[at] == '\\') ++at;
  }
  return std::min(at + 1, json.size());
}

// The position after the object, array, string or scalar that begins at `at`.
inline std::size_t json_value_end(std::string_view json, std::size_t at) {
  std::size_t depth = 0;
  while (at < json.size()) {
    const char character = json[at];
    if (character == '"') {
      at = json_string_end(json, at);
      if (depth == 0) return at;
      continue;
    }
    if (depth == 0 && (character == ',' || character == '}' || character == ']')) return at;
    ++at;
    if (character == '{' || character == '[') ++depth;
    if ((character == '}' || character == ']') && --depth == 0) return at;
  }
  return json.size();
}

// take(object) for each object of an array, or of several arrays one after the other.
template <class Take>
void for_each_object(std::string_view arrays, Take take) {
  for (std::size_t at = arrays.find('{'); at < arrays.size(); at = arrays.find('{', at)) {
    const std::size_t end = json_value_end(arrays, at);
    take(arrays.substr(at, end - at));
    at = end;
  }
}

// take(name, value) for each member of an object; both as they stand in the text, the name without its
// quotes.
template <class Take>
void for_each_member(std::string_view object, Take take) {
  for (std::size_t at = object.find('"'); at < object.size(); at = object.find('"', at)) {
    const std::size_t name_end = json_string_end(object, at);
    const std::string_view name = object.substr(at + 1, name_end - at - 2);
    const std::size_t start = object.find_first_not_of(" \t\r\n:", name_end);
    if (start >= object.size()) return;
    at = json_value_end(object, start);
    take(name, object.substr(start, at - start));
  }
}

// The value of a member as it stands in the text; empty when there is none.
inline std::string_view json_member(std::string_view object, std::string_view name) {
  std::string_view found;
  for_each_member(object, [&](std::string_view each, std::string_view value) {
    if (each == name) found = value;
  });
  return found;
}

}  // namespace hermod::server
