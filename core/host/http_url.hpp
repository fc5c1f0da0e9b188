// HttpUrl: a URL's parts, by libcurl's own parser, so that what is checked is what is requested (RFC 3986).
#pragma once

#include <memory>
#include <string>

#include <curl/curl.h>

namespace hermod::host {

class HttpUrl {
 public:
  HttpUrl() : handle_(::curl_url(), &::curl_url_cleanup) {}
  // False when it cannot be parsed. A relative one is resolved against the one that was set before.
  bool set(const std::string& text);

  std::string text() const { return part(CURLUPART_URL); }
  std::string scheme() const { return part(CURLUPART_SCHEME); }
  std::string host() const;                                  // lower case, without brackets
  std::string port() const { return part(CURLUPART_PORT); }  // the scheme's where none is given
  bool has_user() const { return !part(CURLUPART_USER).empty() || !part(CURLUPART_PASSWORD).empty(); }
  bool same_origin(const HttpUrl& other) const;

 private:
  std::string part(CURLUPart which) const;  // empty: none
  std::unique_ptr<CURLU, decltype(&::curl_url_cleanup)> handle_;
};

}  // namespace hermod::host
