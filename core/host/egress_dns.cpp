#include "core/host/egress_dns.hpp"

#include <algorithm>

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>

#include "core/host/dns_answer.hpp"
#include "core/host/on_pool.hpp"
#include "core/host/resolver.hpp"

namespace hermod::host {
namespace {

using Records = std::vector<DnsRecord>;

Error dns_error(ErrorKind kind, const char* message) {
  return {kind, ErrorScope::account, Retry::after(), message, {}, {}, {}};
}

bool is_dns_name(std::string_view name) {
  return !name.empty() && name.size() <= Resolver::host_bytes_max &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '.' || c == '_';
         });
}

class StubResolver {
 public:
  StubResolver() { ready_ = ::res_ninit(&state_) == 0; }
  StubResolver(const StubResolver&) = delete;
  ~StubResolver() {
    if (ready_) ::res_nclose(&state_);
  }
  bool configure(const std::string& server, std::uint16_t port) {
    if (!ready_) return false;
    state_.retrans = EgressDns::attempt_seconds;
    state_.retry = EgressDns::attempts;
    if (server.empty()) return true;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (::inet_pton(AF_INET, server.c_str(), &address.sin_addr) != 1) return false;
    state_.nscount = 1;
    state_.nsaddr_list[0] = address;
    return true;
  }
  Result<Records> query(const std::string& name, DnsType type) {
    std::vector<unsigned char> answer(NS_MAXMSG);
    const int size = ::res_nquery(&state_, name.c_str(), ns_c_in, dns_type_number(type), answer.data(),
                                  static_cast<int>(answer.size()));
    if (size >= 0) {
      const auto used = std::min(answer.size(), static_cast<std::size_t>(size));
      return parse_dns_answer({reinterpret_cast<const char*>(answer.data()), used}, type);
    }
    if (state_.res_h_errno == HOST_NOT_FOUND || state_.res_h_errno == NO_DATA) return Records{};
    return dns_error(ErrorKind::unavailable, "the name server did not answer");
  }

 private:
  struct __res_state state_{};
  bool ready_ = false;
};

}  // namespace

Task<Result<Records>> EgressDns::query(std::string name, DnsType type) {
  if (!is_dns_name(name)) co_return dns_error(ErrorKind::invalid_argument, "the DNS name is not valid");
  auto ask = [name = std::move(name), type, server = policy_->dns_server,
              port = policy_->dns_port]() -> Result<Records> {
    StubResolver resolver;
    if (!resolver.configure(server, port))
      return dns_error(ErrorKind::unavailable, "no name server is configured");
    return resolver.query(name, type);
  };
  co_return co_await on_pool(runtime_->resolvers(), std::move(ask), PoolCancellation::abandoned);
}

}  // namespace hermod::host
