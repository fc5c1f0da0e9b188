// is_public_address: whether an address belongs to the internet at large.
//
// Not public: loopback, private, link-local, shared (RFC 6598), benchmarking, documentation, multicast,
// reserved (RFC 6890), unique-local (RFC 4193), Teredo, 6to4, and the addresses at which clouds serve
// metadata. An IPv4 address inside an IPv6 one (mapped, NAT64 of RFC 6052) counts as what it embeds; any
// other family is not public. Threads: any.
#pragma once

#include <sys/socket.h>

namespace hermod::host {

bool is_public_address(const sockaddr& address);

}  // namespace hermod::host
