#include "core/host/address_class.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include <netinet/in.h>

namespace hermod::host {
namespace {

template <std::size_t Size>
struct Range {
  std::array<std::uint8_t, Size> network;  // rest 0
  unsigned prefix_bits;
};
using Range4 = Range<4>;
using Range6 = Range<16>;

constexpr Range4 not_public_4[] = {
    {{0}, 8},
    {{10}, 8},
    {{100, 64}, 10},
    {{127}, 8},
    {{169, 254}, 16},
    {{172, 16}, 12},
    {{192, 0, 0}, 24},
    {{192, 0, 2}, 24},
    {{192, 88, 99}, 24},
    {{192, 168}, 16},
    {{198, 18}, 15},
    {{198, 51, 100}, 24},
    {{203, 0, 113}, 24},
    {{224}, 4},
    {{240}, 4},
    {{168, 63, 129, 16}, 32},  // Azure's host agent, a public number that is answered inside only
};
constexpr Range6 mapped_4 = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
constexpr Range6 nat64 = {{0, 0x64, 0xff, 0x9b}, 96};
constexpr Range6 global_unicast = {{0x20}, 3};
constexpr Range6 not_public_6[] = {
    {{0x20, 0x01}, 23},              // protocol assignments, Teredo among them
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x20, 0x02}, 16},              // 6to4
    {{0x3f, 0xff}, 20},              // documentation
};

template <std::size_t Size>
bool contains(const Range<Size>& range, std::span<const std::uint8_t, Size> address) {
  const std::size_t whole = range.prefix_bits / 8;
  if (!std::equal(address.begin(), address.begin() + whole, range.network.begin())) return false;
  const unsigned rest = range.prefix_bits % 8;
  if (rest == 0) return true;
  const unsigned mask = 0xffu << (8 - rest);
  return (address[whole] & mask) == (range.network[whole] & mask);
}

bool is_public_4(std::span<const std::uint8_t, 4> address) {
  return std::none_of(std::begin(not_public_4), std::end(not_public_4),
                      [&](const Range4& range) { return contains(range, address); });
}

bool is_public_6(std::span<const std::uint8_t, 16> address) {
  if (contains(mapped_4, address) || contains(nat64, address)) return is_public_4(address.subspan<12, 4>());
  if (!contains(global_unicast, address)) return false;
  return std::none_of(std::begin(not_public_6), std::end(not_public_6),
                      [&](const Range6& range) { return contains(range, address); });
}

}  // namespace

bool is_public_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    std::array<std::uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in&>(address).sin_addr, bytes.size());
    return is_public_4(bytes);
  }
  if (address.sa_family == AF_INET6) {
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, bytes.size());
    return is_public_6(bytes);
  }
  return false;
}

}  // namespace hermod::host
