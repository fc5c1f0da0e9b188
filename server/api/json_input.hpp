// Members of a request's JSON body, checked: absent and null are one; anything of another type is
// Error{invalid_argument} that names the member.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/http/request.hpp"
#include "server/json/body.hpp"

namespace hermod::server {

Result<Poco::JSON::Object::Ptr> read_json_body(Request& request, std::uint64_t bytes_max);

Result<std::optional<std::string>> text_member(const Poco::JSON::Object& object, const std::string& name);
Result<std::optional<bool>> boolean_member(const Poco::JSON::Object& object, const std::string& name);
Result<Poco::JSON::Object::Ptr> object_member(const Poco::JSON::Object& object,
                                              const std::string& name);  // may be null
// Absent: empty. Error{invalid_argument} also for more than `values_max` of them.
Result<std::vector<std::string>> text_list(const Poco::JSON::Object& object, const std::string& name,
                                           std::size_t values_max);

std::vector<std::string> split_at_commas(std::string_view text);

// Null when it succeeded: for looking at several results at once.
template <class T>
const Error* error_of(const Result<T>& result) {
  return result ? nullptr : &result.error();
}

}  // namespace hermod::server
