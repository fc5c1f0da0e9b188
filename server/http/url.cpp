#include "server/http/url.hpp"

#include <charconv>

#include "core/mime/utf8.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

Error refused(std::string message, std::string hint = {}) {
  return failure(ErrorKind::invalid_argument, std::move(message), std::move(hint));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Plus { is_plus, is_space };

Result<std::string> decode(std::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::is_space) {
      decoded.push_back(' ');
    } else if (text[i] != '%') {
      decoded.push_back(text[i]);
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0)
        return refused("the address has a percent sign without two hexadecimal digits");
      decoded.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  if (decoded.find('\0') != std::string::npos || !mime::is_utf8(decoded)) {
    return refused("the address does not decode to UTF-8 text");
  }
  return decoded;
}

}  // namespace

Result<std::vector<std::string>> split_path(std::string_view target) {
  std::string_view path = target.substr(0, target.find_first_of("?#"));
  if (const auto scheme = path.find("://"); scheme != std::string_view::npos && !path.starts_with('/')) {
    const auto slash = path.find('/', scheme + 3);
    path = slash == std::string_view::npos ? std::string_view("/") : path.substr(slash);
  }
  if (!path.starts_with('/')) return refused("the request's path does not begin with a slash");
  path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);

  std::vector<std::string> segments;
  while (!path.empty() || !segments.empty()) {
    if (segments.size() == path_segments_max) return refused("the request's path has too many parts");
    const auto slash = path.find('/');
    auto segment = decode(path.substr(0, slash), Plus::is_plus);
    if (!segment) return std::move(segment).error();
    segments.push_back(*std::move(segment));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return segments;
}

Result<Query> Query::parse(std::string_view target) {
  Query query;
  const auto question = target.find('?');
  if (question == std::string_view::npos) return query;
  std::string_view rest = target.substr(question + 1);
  rest = rest.substr(0, rest.find('#'));
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const std::string_view parameter = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (parameter.empty()) continue;
    if (query.parameters_.size() == query_parameters_max) return refused("the query has too many parameters");
    const auto equals = parameter.find('=');
    auto key = decode(parameter.substr(0, equals), Plus::is_space);
    if (!key) return std::move(key).error();
    auto value = decode(equals == std::string_view::npos ? "" : parameter.substr(equals + 1), Plus::is_space);
    if (!value) return std::move(value).error();
    if (*value != "undefined") query.parameters_.emplace_back(*std::move(key), *std::move(value));
  }
  return query;
}

std::optional<std::string_view> Query::find(std::string_view key) const {
  for (auto parameter = parameters_.rbegin(); parameter != parameters_.rend(); ++parameter) {
    if (parameter->first == key) return parameter->second;
  }
  return std::nullopt;
}

std::vector<std::string> Query::all(std::string_view key, char separator) const {
  std::vector<std::string> values;
  for (const auto& [name, value] : parameters_) {
    if (name != key) continue;
    std::string_view rest = value;
    while (separator != '\0') {
      const auto end = rest.find(separator);
      if (end == std::string_view::npos) break;
      if (end > 0) values.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    }
    if (!rest.empty() || separator == '\0') values.emplace_back(rest);
  }
  return values;
}

Result<std::int64_t> Query::number(std::string_view key, std::int64_t fallback, std::int64_t minimum,
                                   std::int64_t maximum) const {
  const auto text = find(key);
  if (!text) return fallback;
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (code == std::errc{} && end == text->data() + text->size() && number >= minimum && number <= maximum) {
    return number;
  }
  return refused("`" + std::string(key) + "` must be a whole number from " + std::to_string(minimum) +
                 " to " + std::to_string(maximum));
}

Result<std::optional<bool>> Query::boolean(std::string_view key) const {
  const auto text = find(key);
  if (!text) return std::optional<bool>{};
  if (*text == "true") return std::optional(true);
  if (*text == "false") return std::optional(false);
  return refused("`" + std::string(key) + "` must be true or false");
}

}  // namespace hermod::server
