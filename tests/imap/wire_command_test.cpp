#include <gtest/gtest.h>

#include "plugins/imap/wire/base64.hpp"
#include "plugins/imap/wire/command.hpp"
#include "plugins/imap/wire/sasl.hpp"

namespace hermod::imap {
namespace {

using Segments = std::vector<std::string>;

std::string line(const Command& command) { return command.serialize("A1", LiteralSupport::any).front(); }

// RFC 9051 §4.3: what is not plainly an atom goes quoted, and NIL would be read as no string at all.
TEST(Command, quotes_what_is_no_safe_atom) {
  EXPECT_EQ(line(Command("SELECT").astring("INBOX.Sent")), "A1 SELECT INBOX.Sent\r\n");
  EXPECT_EQ(line(Command("SELECT").astring("Sent Items")), "A1 SELECT \"Sent Items\"\r\n");
  EXPECT_EQ(line(Command("SELECT").astring("nil")), "A1 SELECT \"nil\"\r\n");
  EXPECT_EQ(line(Command("SELECT").astring("")), "A1 SELECT \"\"\r\n");
  EXPECT_EQ(line(Command("SELECT").astring("a\"b\\c")), "A1 SELECT \"a\\\"b\\\\c\"\r\n");
  EXPECT_EQ(line(Command("SELECT").astring("&-*%")), "A1 SELECT \"&-*%\"\r\n");
}

// To a server without LITERAL+ a literal that does not wait makes every line of it run as a command.
TEST(Command, literals_wait_exactly_where_the_server_needs_it) {
  const auto command = Command("LOGIN").astring("user").astring("p\xc3\xa4ss");
  EXPECT_EQ(command.serialize("A1", LiteralSupport::any), Segments{"A1 LOGIN user {5+}\r\np\xc3\xa4ss\r\n"});
  EXPECT_EQ(command.serialize("A1", LiteralSupport::small),
            Segments{"A1 LOGIN user {5+}\r\np\xc3\xa4ss\r\n"});
  EXPECT_EQ(command.serialize("A1", LiteralSupport::synchronizing),
            (Segments{"A1 LOGIN user {5}\r\n", "p\xc3\xa4ss\r\n"}));
}

TEST(Command, literal_minus_ends_at_4096_octets) {
  const auto command = Command("X").literal(std::string(4096, 'a')).literal(std::string(4097, 'b'));
  const auto segments = command.serialize("A1", LiteralSupport::small);
  ASSERT_EQ(segments.size(), 2u);
  EXPECT_TRUE(segments[0].starts_with("A1 X {4096+}\r\naaa"));
  EXPECT_TRUE(segments[0].ends_with("a {4097}\r\n"));
  EXPECT_EQ(segments[1].size(), 4097u + 2);
}

// A line break inside a name must never become a command of its own.
TEST(Command, line_breaks_cannot_leave_their_argument) {
  const auto command = Command("SELECT").astring("a\r\nA2 DELETE b");
  EXPECT_EQ(line(command), "A1 SELECT {14+}\r\na\r\nA2 DELETE b\r\n");
  EXPECT_FALSE(is_sendable(std::string_view("a\0b", 3)));
  EXPECT_TRUE(is_sendable("a\r\nb"));
}

// RFC 4616 §4, RFC 7628 §4.1, and Google's example of XOAUTH2.
TEST(Sasl, examples_of_the_specifications) {
  EXPECT_EQ(sasl_plain("tim", "tanstaaftanstaaf"), std::string("\0tim\0tanstaaftanstaaf", 21));
  EXPECT_EQ(base64_encode(sasl_oauthbearer({"user@example.com", "server.example.com", 143,
                                            "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="})),
            "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyI"
            "HZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB");
  EXPECT_EQ(
      base64_encode(sasl_xoauth2("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg")),
      "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJo"
      "ZG1semRHRXVZMjl0Q2cBAQ==");
  EXPECT_EQ(sasl_oauthbearer({"a,b=c", "h", 1, "t"}),
            "n,a=a=2Cb=3Dc,\x01host=h\x01port=1\x01"
            "auth=Bearer t\x01\x01");
}

}  // namespace
}  // namespace hermod::imap
