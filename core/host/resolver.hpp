// Resolver: a host's addresses that the egress policy lets through, in the order to try them (RFC 6724, by
// getaddrinfo).
//
// The look-up runs on a resolver thread; a cancelled call leaves it there and goes on. Answers are kept for
// kept_for, at most kept_max of them. Errors: denied (all addresses are private), unavailable (no such name,
// no answer), invalid_argument. Owner: Egress. Threads: any strand.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "core/host/egress.hpp"

namespace hermod::host {

struct ResolvedAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr& address() const noexcept { return reinterpret_cast<const sockaddr&>(storage); }
  std::string text() const;  // numeric, without the port
};
using ResolvedAddresses = std::vector<ResolvedAddress>;

class Resolver {
 public:
  static constexpr std::size_t host_bytes_max = 253;  // RFC 1035 §3.1, as text
  static constexpr std::size_t addresses_max = 16;    // of one name; the rest is not tried
  static constexpr Duration kept_for = std::chrono::seconds(60);
  static constexpr std::size_t kept_max = 1024;

  Resolver(Runtime& runtime, PrivateHosts private_hosts) noexcept
      : runtime_(&runtime), private_hosts_(private_hosts) {}
  Task<Result<ResolvedAddresses>> resolve(std::string host, std::uint16_t port);

 private:
  struct Kept {
    ResolvedAddresses addresses;
    TimePoint until;
  };
  std::optional<ResolvedAddresses> find_kept(const std::string& key, TimePoint now);
  void keep(std::string key, const ResolvedAddresses& addresses, TimePoint now);

  Runtime* runtime_;
  PrivateHosts private_hosts_;
  std::mutex mutex_;
  std::map<std::string, Kept> kept_;
};

// What every way out answers for an address that the policy keeps us from.
Error private_address_error();

}  // namespace hermod::host
