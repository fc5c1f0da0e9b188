// SASL messages before base64: PLAIN (RFC 4616), OAUTHBEARER (RFC 7628), XOAUTH2 (Google's, used by Microsoft
// too). Pure functions. The results hold secrets: never log them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hermod::imap {

std::string sasl_plain(std::string_view username, std::string_view password);
std::string sasl_xoauth2(std::string_view username, std::string_view access_token);

struct OAuthBearer {
  std::string_view username;
  std::string_view host;
  std::uint16_t port;
  std::string_view access_token;
};
std::string sasl_oauthbearer(const OAuthBearer& values);

// The answer to a failure challenge; without it the server never sends its tagged NO.
inline constexpr std::string_view xoauth2_failure_answer = "";
inline constexpr std::string_view oauthbearer_failure_answer = "\x01";

}  // namespace hermod::imap
