#include "server/config/listen_address.hpp"

#include <gtest/gtest.h>

namespace hermod::server {
namespace {

struct Row {
  const char* text;
  const char* host;
  int port;
};

// An IPv6 address has colons of its own: only the last one outside brackets separates the port.
TEST(ListenAddressTest, host_and_port_are_split_at_the_right_colon) {
  const Row rows[] = {{"127.0.0.1:8080", "127.0.0.1", 8080},
                      {"[::1]:0", "::1", 0},
                      {":80", "0.0.0.0", 80},
                      {"mail.example:65535", "mail.example", 65535}};
  for (const auto& [text, host, port] : rows) {
    const auto address = parse_listen_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->host, host);
    EXPECT_EQ(address->port, port);
  }
}

TEST(ListenAddressTest, what_is_no_address_is_refused) {
  for (const char* text : {"", "host", "host:", "host:65536", "host:-1", "host:80x", "::1:80", "[]:80"}) {
    EXPECT_FALSE(parse_listen_address(text)) << text;
  }
}

TEST(ListenAddressTest, printing_and_parsing_give_the_same_address) {
  for (const char* text : {"127.0.0.1:1", "[fe80::1]:2"})
    EXPECT_EQ(to_string(*parse_listen_address(text)), text);
}

// 127.evil.example is a name that anyone can point anywhere.
TEST(ListenAddressTest, a_name_that_begins_like_loopback_is_not_loopback) {
  EXPECT_FALSE(is_loopback({"127.evil.example", 80}));
  EXPECT_TRUE(is_loopback({"127.1.2.3", 80}));
}

}  // namespace
}  // namespace hermod::server
