// Where the HTTP server listens: HOST:PORT, [IPv6]:PORT or :PORT (every address).
// A value type without thread rule. Limit: host names of at most 255 characters.
#pragma once

#include <cstdint>
#include <hermod/result.hpp>
#include <string>
#include <string_view>

namespace hermod::server {

struct ListenAddress {
  std::string host = "127.0.0.1";  // without brackets
  std::uint16_t port = 8080;       // 0: the system chooses one

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

// On failure the message names what is wrong with the text.
Result<ListenAddress> parse_listen_address(std::string_view text);

// Back to HOST:PORT, with brackets around an IPv6 address.
std::string to_string(const ListenAddress& address);

// True for 127.0.0.0/8, ::1 and the name localhost.
bool is_loopback(const ListenAddress& address);

}  // namespace hermod::server
