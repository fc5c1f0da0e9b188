#include "plugins/imap/wire/sasl.hpp"

namespace hermod::imap {
namespace {

// `,` and `=` are the delimiters of a GS2 header (RFC 5801 §4).
std::string gs2_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == ',') {
      out += "=2C";
    } else if (c == '=') {
      out += "=3D";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string sasl_plain(std::string_view username, std::string_view password) {
  return std::string(1, '\0').append(username).append(1, '\0').append(password);
}

std::string sasl_xoauth2(std::string_view username, std::string_view access_token) {
  return std::string("user=")
      .append(username)
      .append(
          "\x01"
          "auth=Bearer ")
      .append(access_token)
      .append("\x01\x01");
}

std::string sasl_oauthbearer(const OAuthBearer& values) {
  return "n,a=" + gs2_name(values.username) + ",\x01host=" + std::string(values.host) +
         "\x01port=" + std::to_string(values.port) +
         "\x01"
         "auth=Bearer " +
         std::string(values.access_token) + "\x01\x01";
}

}  // namespace hermod::imap
