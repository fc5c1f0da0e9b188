// check_request, redirected: what a request must look like, and where a redirect leads. Pure functions.
//
// RFC 9110 §5.5, §15.4 (a POST becomes a GET by 301, 302 and 303). Threads: any.
#pragma once

#include <optional>

#include <hermod/http.hpp>

#include "core/host/egress.hpp"

namespace hermod::host {

// Error{invalid_argument}: no URL, another scheme than allowed, user data in it, a header with line breaks.
Status check_request(const HttpRequest& request, PlainHttp plain_http);

// The request that follows that response; nothing when it is no redirect or leads to another scheme, host or
// port.
std::optional<HttpRequest> redirected(const HttpRequest& request, int status,
                                      const std::vector<HttpHeader>& headers);

}  // namespace hermod::host
