#include "core/host/http_url.hpp"

namespace hermod::host {

bool HttpUrl::set(const std::string& text) {
  return handle_ && text.find('\0') == std::string::npos &&
         ::curl_url_set(handle_.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
}

std::string HttpUrl::part(CURLUPart which) const {
  char* text = nullptr;
  if (::curl_url_get(handle_.get(), which, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
  std::string copy(text);
  ::curl_free(text);
  return copy;
}

std::string HttpUrl::host() const {
  std::string host = part(CURLUPART_HOST);
  for (char& c : host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  return host;
}

bool HttpUrl::same_origin(const HttpUrl& other) const {
  return scheme() == other.scheme() && host() == other.host() && port() == other.port();
}

}  // namespace hermod::host
