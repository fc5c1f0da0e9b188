// EgressPolicy, Egress: the one way out. Every connection, request and DNS query of every plugin goes through
// it.
//
// A name is looked up once and the RESOLVED addresses are checked and connected to, so that a name cannot
// change its mind in between. TLS is 1.2 or newer, verified against the system's store, or against the given
// authority alone; the host's name must match. HTTP shares one libcurl multi handle: keep-alive, HTTP/2,
// bounded. Owner: the program, one per policy; outlived by the Runtime, outlives every AccountHost. Threads:
// net(), http() and dns() may be used on any strand at once.
#pragma once

#include <memory>
#include <string>

#include <hermod/host.hpp>

#include "core/host/runtime.hpp"

namespace hermod::host {

enum class PrivateHosts : std::uint8_t { refused, allowed };  // see is_public_address in address_class.hpp
enum class PlainHttp : std::uint8_t { refused, allowed };     // http:// without TLS

struct EgressPolicy {
  PrivateHosts private_hosts = PrivateHosts::refused;
  PlainHttp plain_http = PlainHttp::refused;
  Duration connect_timeout_max = std::chrono::seconds(60);  // caps what callers ask for
  unsigned connects_per_second = 0;  // to one server, by Net; 0: no limit
  unsigned http_connections_max = 512;
  unsigned http_connections_per_host_max = 16;
  // An IPv4 name server to ask instead of the system's, with its port; empty: the system's.
  std::string dns_server;
  std::uint16_t dns_port = 53;
};

class Egress {
 public:
  Egress(Runtime& runtime, EgressPolicy policy);
  Egress(const Egress&) = delete;
  ~Egress();  // no task may use it any more

  const EgressPolicy& policy() const noexcept;
  Net& net() noexcept;
  Http& http() noexcept;
  Dns& dns() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hermod::host
