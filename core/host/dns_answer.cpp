#include "core/host/dns_answer.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include <arpa/nameser.h>
#include <resolv.h>

namespace hermod::host {
namespace {

Error malformed() {
  return {ErrorKind::invalid_data,
          ErrorScope::account,
          Retry::after(),
          "the DNS response cannot be understood",
          {},
          {},
          {}};
}

std::optional<std::string> read_name(const ns_msg& message, const unsigned char* at) {
  std::array<char, NS_MAXDNAME> name{};
  if (::dn_expand(ns_msg_base(message), ns_msg_end(message), at, name.data(), name.size()) < 0)
    return std::nullopt;
  return std::string(name.data());
}

// Leaves `target` empty where the record says "none".
std::optional<DnsRecord> read_record(const ns_msg& message, const ns_rr& record, DnsType type) {
  const unsigned char* data = ns_rr_rdata(record);
  const std::size_t size = ns_rr_rdlen(record);
  DnsRecord read;
  if (type == DnsType::txt) {
    for (std::size_t at = 0; at < size;) {
      const std::size_t length = data[at++];
      if (length > size - at) return std::nullopt;
      read.target.append(reinterpret_cast<const char*>(data) + at, length);
      at += length;
    }
    return read;
  }
  const std::size_t fixed = type == DnsType::mx ? 2 : 6;
  if (size <= fixed) return std::nullopt;
  read.priority = static_cast<std::uint16_t>(::ns_get16(data));
  if (type == DnsType::srv) {
    read.weight = static_cast<std::uint16_t>(::ns_get16(data + 2));
    read.port = static_cast<std::uint16_t>(::ns_get16(data + 4));
  }
  auto name = read_name(message, data + fixed);
  if (!name) return std::nullopt;
  read.target = *std::move(name);
  return read;
}

}  // namespace

int dns_type_number(DnsType type) {
  switch (type) {
    case DnsType::mx:
      return ns_t_mx;
    case DnsType::srv:
      return ns_t_srv;
    case DnsType::txt:
      break;
  }
  return ns_t_txt;
}

Result<std::vector<DnsRecord>> parse_dns_answer(std::string_view packet, DnsType type) {
  ns_msg message{};
  const auto* bytes = reinterpret_cast<const unsigned char*>(packet.data());
  if (packet.size() > NS_MAXMSG || ::ns_initparse(bytes, static_cast<int>(packet.size()), &message) != 0)
    return malformed();
  std::vector<DnsRecord> records;
  for (int i = 0; i < ns_msg_count(message, ns_s_an) && records.size() < dns_records_max; ++i) {
    ns_rr record{};
    if (::ns_parserr(&message, ns_s_an, i, &record) != 0) return malformed();
    if (ns_rr_type(record) != dns_type_number(type)) continue;  // a CNAME on the way
    auto read = read_record(message, record, type);
    if (!read) return malformed();
    if (!read->target.empty() || type == DnsType::txt) records.push_back(*std::move(read));
  }
  std::sort(records.begin(), records.end(), [](const DnsRecord& a, const DnsRecord& b) {
    return std::tie(a.priority, b.weight, a.target) < std::tie(b.priority, a.weight, b.target);
  });
  return records;
}

}  // namespace hermod::host
