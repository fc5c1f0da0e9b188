// Which addresses the internet at large has (RFC 6890 and the registries it set up).
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "core/host/address_class.hpp"

namespace hermod::test {
namespace {

bool is_public(const char* text) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (::inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    return host::is_public_address(reinterpret_cast<const sockaddr&>(v4));
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  EXPECT_EQ(::inet_pton(AF_INET6, text, &v6.sin6_addr), 1) << text;
  return host::is_public_address(reinterpret_cast<const sockaddr&>(v6));
}

// Both ends of each range, so that a wrong prefix length is noticed.
TEST(address_class, addresses_that_are_not_public) {
  for (const char* text :
       {"0.0.0.0",         "0.255.255.255",   "10.0.0.0",        "10.255.255.255",  "100.64.0.0",
        "100.127.255.255", "100.100.100.200", "127.0.0.1",       "127.255.255.255", "169.254.0.0",
        "169.254.169.254", "172.16.0.0",      "172.31.255.255",  "192.0.0.192",     "192.0.2.1",
        "192.88.99.1",     "192.168.0.0",     "192.168.255.255", "198.18.0.0",      "198.19.255.255",
        "198.51.100.7",    "203.0.113.255",   "224.0.0.1",       "239.255.255.255", "240.0.0.1",
        "255.255.255.255", "168.63.129.16"}) {
    EXPECT_FALSE(is_public(text)) << text;
  }
  for (const char* text : {"::",
                           "::1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "::ffff:169.254.169.254",
                           "::127.0.0.1",
                           "fe80::1",
                           "fec0::1",
                           "fc00::1",
                           "fdff:ffff::1",
                           "fd00:ec2::254",
                           "ff02::1",
                           "2001::1",
                           "2001:1ff:ffff::1",
                           "2001:db8::1",
                           "2002:7f00:1::",
                           "3fff::1",
                           "64:ff9b::10.0.0.1",
                           "64:ff9b:1::1",
                           "100::1",
                           "4000::1"}) {
    EXPECT_FALSE(is_public(text)) << text;
  }
}

// And their neighbours, which are mail servers of somebody.
TEST(address_class, addresses_that_are_public) {
  for (const char* text :
       {"1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
        "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "168.63.129.17", "8.8.8.8"}) {
    EXPECT_TRUE(is_public(text)) << text;
  }
  for (const char* text : {"2000::1", "2001:200::1", "2001:db7::1", "2001:4860:4860::8888", "2003::1",
                           "2a00:1450::1", "3ffe::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"}) {
    EXPECT_TRUE(is_public(text)) << text;
  }
}

// A family that we know nothing of is not let through.
TEST(address_class, other_families_are_not_public) {
  sockaddr_storage local{};
  local.ss_family = AF_UNIX;
  EXPECT_FALSE(host::is_public_address(reinterpret_cast<const sockaddr&>(local)));
}

}  // namespace
}  // namespace hermod::test
