#include "server/config/listen_address.hpp"

#include <arpa/inet.h>

#include <charconv>

#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr std::size_t host_length_max = 255;

Error bad_address(std::string message) {
  return failure(ErrorKind::invalid_argument, std::move(message),
                 "write HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080");
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad_address("an address to listen on needs a port");
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);

  if (host.starts_with('[') && host.ends_with(']')) {
    if (host.size() == 2) return bad_address("there is nothing between the brackets");
    host = host.substr(1, host.size() - 2);
  } else if (host.contains(':')) {
    return bad_address("an IPv6 address needs brackets around it");
  }
  if (host.size() > host_length_max) return bad_address("the host name is too long");

  std::uint16_t port = 0;
  const auto [end, code] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (code != std::errc{} || end != port_text.data() + port_text.size()) {
    return bad_address("the port must be a number from 0 to 65535");
  }
  return ListenAddress{host.empty() ? std::string("0.0.0.0") : std::string(host), port};
}

std::string to_string(const ListenAddress& address) {
  const bool brackets = address.host.contains(':');
  return (brackets ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

bool is_loopback(const ListenAddress& address) {
  in_addr parsed{};
  if (inet_pton(AF_INET, address.host.c_str(), &parsed) == 1) return (ntohl(parsed.s_addr) >> 24) == 127;
  return address.host == "localhost" || address.host == "::1";
}

}  // namespace hermod::server
