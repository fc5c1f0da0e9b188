// What stands in a request line after the method: the path, split before it is decoded, and the query.
//
// Pure functions. The RAW path is split on "/" and each segment decoded by itself, so that an id may hold an
// encoded slash. In the query "+" is a space, a key may be repeated, and the value "undefined" counts as
// absent, because the JavaScript clients send it so. Anything that does not decode to UTF-8 without NUL is
// refused. Limits: named below. Specification: RFC 3986 §3.3, §3.4, §2.1; WHATWG URL §5.1 for the query.
#pragma once

#include <hermod/result.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hermod::server {

constexpr std::size_t path_segments_max = 16;
constexpr std::size_t query_parameters_max = 200;

// A request target without its query: origin-form or absolute-form.
Result<std::vector<std::string>> split_path(std::string_view target);

class Query {
 public:
  // The part after "?"; the whole target may be given.
  static Result<Query> parse(std::string_view target);

  // The last value of the key; absent when it does not stand there.
  std::optional<std::string_view> find(std::string_view key) const;

  // All values of a repeated key, each also split at commas where `separator` is ',' (`any_email=a,b`).
  std::vector<std::string> all(std::string_view key, char separator = '\0') const;

  // Absent: `fallback`. `invalid_argument` when it is not a whole number from `minimum` to `maximum`.
  Result<std::int64_t> number(std::string_view key, std::int64_t fallback, std::int64_t minimum,
                              std::int64_t maximum) const;

  // "true" or "false"; absent when it does not stand there.
  Result<std::optional<bool>> boolean(std::string_view key) const;

  const std::vector<std::pair<std::string, std::string>>& parameters() const { return parameters_; }

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace hermod::server
