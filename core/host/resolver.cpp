#include "core/host/resolver.hpp"

#include <algorithm>
#include <cstring>

#include <netdb.h>

#include "core/host/address_class.hpp"
#include "core/host/on_pool.hpp"

namespace hermod::host {
namespace {

Result<ResolvedAddresses> look_up(const std::string& host, std::uint16_t port, PrivateHosts private_hosts) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (failure != 0) {
    return Error{ErrorKind::unavailable,
                 ErrorScope::account,
                 Retry::after(),
                 "could not look up the server's name",
                 ::gai_strerror(failure),
                 {},
                 {}};
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  ResolvedAddresses addresses;
  bool refused = false;
  for (const addrinfo* entry = list; entry != nullptr && addresses.size() < Resolver::addresses_max;
       entry = entry->ai_next) {
    if (private_hosts == PrivateHosts::refused && !is_public_address(*entry->ai_addr)) {
      refused = true;
      continue;
    }
    ResolvedAddress address;
    address.size = std::min<socklen_t>(entry->ai_addrlen, sizeof address.storage);
    std::memcpy(&address.storage, entry->ai_addr, address.size);
    addresses.push_back(address);
  }
  if (addresses.empty() && refused) return private_address_error();
  return addresses;
}

// A DNS name or the text of an address.
bool is_host_text(std::string_view host) {
  return !host.empty() && host.size() <= Resolver::host_bytes_max &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("-._:").find(c) != std::string_view::npos;
         });
}

}  // namespace

std::string ResolvedAddress::text() const {
  char host[NI_MAXHOST] = {};
  (void)::getnameinfo(&address(), size, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
  return host;
}

Error private_address_error() {
  return {ErrorKind::denied,
          ErrorScope::account,
          Retry::after_user_action(),
          "connections to private addresses are not allowed",
          {},
          "Name a server on the internet.",
          {}};
}

std::optional<ResolvedAddresses> Resolver::find_kept(const std::string& key, TimePoint now) {
  std::lock_guard lock(mutex_);
  const auto found = kept_.find(key);
  if (found == kept_.end() || found->second.until <= now) return std::nullopt;
  return found->second.addresses;
}

void Resolver::keep(std::string key, const ResolvedAddresses& addresses, TimePoint now) {
  std::lock_guard lock(mutex_);
  if (kept_.size() >= kept_max) {
    std::erase_if(kept_, [now](const auto& entry) { return entry.second.until <= now; });
    if (kept_.size() >= kept_max) return;
  }
  kept_.insert_or_assign(std::move(key), Kept{addresses, now + kept_for});
}

Task<Result<ResolvedAddresses>> Resolver::resolve(std::string host, std::uint16_t port) {
  if (!is_host_text(host) || port == 0) {
    co_return Error{ErrorKind::invalid_argument,
                    ErrorScope::account,
                    Retry::after_user_action(),
                    "the server's name or port is not valid",
                    {},
                    {},
                    {}};
  }
  const Strand& strand = (co_await current_context()).strand();
  std::string key = host + ' ' + std::to_string(port);
  if (auto kept = find_kept(key, strand.now())) co_return *std::move(kept);
  auto look = [host = std::move(host), port, private_hosts = private_hosts_] {
    return look_up(host, port, private_hosts);
  };
  Result<ResolvedAddresses> found =
      co_await on_pool(runtime_->resolvers(), std::move(look), PoolCancellation::abandoned);
  if (found) keep(std::move(key), *found, strand.now());
  co_return found;
}

}  // namespace hermod::host
