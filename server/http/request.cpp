#include "server/http/request.hpp"

#include <algorithm>
#include <array>

#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr std::array<std::string_view, 5> method_names = {"GET", "POST", "PUT", "PATCH", "DELETE"};

bool same_without_case(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(left, right, {}, lower, lower);
}

}  // namespace

std::string_view to_string(Method method) { return method_names[static_cast<std::size_t>(method)]; }

std::optional<Method> parse_method(std::string_view text) {
  if (text == "HEAD") return Method::get;
  const auto found = std::ranges::find(method_names, text);
  if (found == method_names.end()) return std::nullopt;
  return static_cast<Method>(found - method_names.begin());
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (same_without_case(field, name)) return value;
  }
  return std::nullopt;
}

Result<std::string> RequestBody::read_all(std::uint64_t bytes_max) {
  const Error too_large =
      failure(ErrorKind::limit, "the request body is larger than " + std::to_string(bytes_max) + " bytes");
  std::string text;
  if (stream_ == nullptr) return text;
  if (announced_.value_or(0) > bytes_max) return too_large;
  text.reserve(announced_.value_or(0));
  std::array<char, 16384> piece;
  while (stream_->read(piece.data(), piece.size()), stream_->gcount() > 0) {
    text.append(piece.data(), static_cast<std::size_t>(stream_->gcount()));
    if (text.size() > bytes_max) return too_large;
  }
  if (stream_->bad() || (announced_ && text.size() < *announced_)) {
    return failure(ErrorKind::invalid_argument, "the request body ended early");
  }
  return text;
}

std::optional<std::string_view> Request::bearer() const {
  constexpr std::string_view scheme = "Bearer ";
  const auto field = headers.find("authorization");
  if (!field || field->size() <= scheme.size() ||
      !same_without_case(field->substr(0, scheme.size()), scheme)) {
    return std::nullopt;
  }
  const auto start = field->find_first_not_of(' ', scheme.size());
  return start == std::string_view::npos ? std::nullopt : std::optional(field->substr(start));
}

}  // namespace hermod::server
