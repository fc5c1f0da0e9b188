// Reads the JSON object of a request body. Kept apart from json/body.cpp's users: Poco::JSON is slow to
// compile, so only files that read members include <Poco/JSON/Object.h>. Limits: nesting of json_depth_max;
// the size is limited before, by the request's body. Of a key given twice the last value counts. A NUL
// character in a string is refused, because PostgreSQL cannot store it.
#pragma once

#include <Poco/JSON/Object.h>

#include <hermod/result.hpp>
#include <string_view>

namespace hermod::server {

constexpr std::size_t json_depth_max = 64;

// `invalid_argument` when the text is no JSON object. An empty text is an empty object (POST without a body).
Result<Poco::JSON::Object::Ptr> parse_json_object(std::string_view text);

}  // namespace hermod::server
