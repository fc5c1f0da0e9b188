// parse_dns_answer: the records of one type in a DNS response (RFC 1035 §4.1, RFC 2782 SRV).
//
// Sorted by priority, then by falling weight, then by target. A target "." (none, RFC 7505 and RFC 2782) is
// left out. Threads: any. Error{invalid_data}: the packet is malformed.
#pragma once

#include <string_view>
#include <vector>

#include <hermod/host.hpp>

namespace hermod::host {

inline constexpr std::size_t dns_records_max = 64;  // the rest is dropped

Result<std::vector<DnsRecord>> parse_dns_answer(std::string_view packet, DnsType type);
// Their number in a question (RFC 1035 §3.2.2, RFC 2782).
int dns_type_number(DnsType type);

}  // namespace hermod::host
