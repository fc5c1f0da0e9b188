#include "core/host/http_redirect.hpp"

#include <algorithm>

#include "core/host/egress_http.hpp"
#include "core/host/http_url.hpp"

namespace hermod::host {
namespace {

bool is_token(std::string_view text) {  // RFC 9110 §5.6.2
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7f && std::string_view("\"(),/:;<=>?@[\\]{}").find(c) == std::string_view::npos;
  });
}
bool is_field_value(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}
bool is_content_header(const HttpHeader& header) {
  return ::curl_strnequal(header.name.c_str(), "content-", sizeof "content-" - 1) != 0;
}

Error not_valid(const char* message) {
  return {ErrorKind::invalid_argument, ErrorScope::account, Retry::never(), message, {}, {}, {}};
}

}  // namespace

Status check_request(const HttpRequest& request, PlainHttp plain_http) {
  HttpUrl url;
  if (request.url.size() > EgressHttp::url_bytes_max || !url.set(request.url))
    return not_valid("the URL is not valid");
  const std::string scheme = url.scheme();
  if (scheme == "http" && plain_http != PlainHttp::allowed)
    return not_valid("HTTP without TLS is not allowed");
  if (scheme != "https" && scheme != "http") return not_valid("the URL is not one of HTTP");
  if (url.has_user()) return not_valid("the URL holds user data");
  if (!is_token(request.method)) return not_valid("the HTTP method is not valid");
  for (const HttpHeader& header : request.headers) {
    if (!is_token(header.name) || !is_field_value(header.value))
      return not_valid("an HTTP header is not valid");
  }
  return ok();
}

std::optional<HttpRequest> redirected(const HttpRequest& request, int status,
                                      const std::vector<HttpHeader>& headers) {
  if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308) return std::nullopt;
  const auto location = std::find_if(headers.begin(), headers.end(), [](const HttpHeader& header) {
    return ::curl_strequal(header.name.c_str(), "location") != 0;
  });
  HttpUrl before;
  HttpUrl after;
  if (location == headers.end() || !before.set(request.url) || !after.set(request.url) ||
      !after.set(location->value) || after.has_user() || !before.same_origin(after)) {
    return std::nullopt;
  }
  HttpRequest next = request;
  next.url = after.text();
  const bool becomes_get =
      status == 303 ? request.method != "HEAD" : status < 303 && request.method == "POST";
  if (becomes_get) {
    next.method = "GET";
    next.body.clear();
    std::erase_if(next.headers, is_content_header);
  }
  return next;
}

}  // namespace hermod::host
