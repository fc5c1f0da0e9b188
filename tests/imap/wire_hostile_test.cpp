#include <gtest/gtest.h>

#include "tests/imap/wire_support.hpp"

namespace hermod::imap {
namespace {

bool loses_one_and_goes_on(const std::string& response, WireLimits limits = {}) {
  const auto events = read_all(response + "* 3 EXISTS\r\n", limits);
  return events.size() == 2 && std::holds_alternative<Malformed>(events[0]) &&
         std::holds_alternative<Response>(events[1]);
}

// None of these is a response; each must cost exactly itself.
TEST(HostileInput, malformed_responses_are_lost_alone) {
  for (const char* response : {"\r\n",
                               "*\r\n",
                               "* \r\n",
                               "A1\r\n",
                               "A1 WHAT\r\n",
                               "* 1\r\n",
                               "* 99999999999999999999 EXISTS\r\n",
                               "* 0 EXPUNGE\r\n",
                               "* 0 FETCH (UID 1)\r\n",
                               "* 1 FETCH (UID 0)\r\n",
                               "* 1 FETCH (UID\r\n",
                               "* 1 FETCH UID 1\r\n",
                               "* 1 FETCH (BODY[ {1}\r\nx)\r\n",
                               "* 1 FETCH (MODSEQ (9223372036854775808))\r\n",
                               "* LIST (\\a \"/\" x\r\n",
                               "* LIST () \"/\"\r\n",
                               "* LIST () \"/ x\r\n",
                               "* STATUS (MESSAGES 1)\r\n",
                               "* VANISHED\r\n",
                               "* VANISHED 0\r\n",
                               "* VANISHED (LATER) 1\r\n",
                               "* SEARCH 1 x\r\n",
                               "* OK [UNSEEN\r\n",
                               "* OK [COPYUID 1]\r\n",
                               "* NAMESPACE (\r\n",
                               "* ESEARCH (TAG \"a\r\n",
                               "* FLAGS \\Seen\r\n"}) {
    EXPECT_TRUE(loses_one_and_goes_on(response)) << response;
  }
}

// Recursion on nesting would let one line overflow the stack.
TEST(HostileInput, nesting_has_a_maximum) {
  const std::string deep = "* 1 FETCH (X " + std::string(100000, '(') + std::string(100000, ')') + ")\r\n";
  EXPECT_TRUE(loses_one_and_goes_on(deep));
}

// A line without end must not fill the memory, and its literals must still be followed.
TEST(HostileInput, an_endless_line_is_skipped_with_its_literals) {
  const WireLimits limits{.line_bytes_max = 100};
  const std::string long_text(10000, 'x');
  EXPECT_TRUE(loses_one_and_goes_on("* LIST () \"/\" " + long_text + "\r\n", limits));
  EXPECT_TRUE(loses_one_and_goes_on("* LIST () \"" + long_text + "\" {14}\r\n* 1 EXISTS\r\n  \r\n", limits));
  EXPECT_TRUE(loses_one_and_goes_on("* OK " + long_text + " {14}\r\n", limits));
}

TEST(HostileInput, more_literals_than_allowed_cost_the_response) {
  std::string many = "* 1 FETCH (X (";
  for (int i = 0; i < 10; ++i) many += " {2}\r\nab";
  EXPECT_TRUE(loses_one_and_goes_on(many + "))\r\n", {.literals_max = 5}));
}

// All literals of one response together: past the sum they are streamed, not held.
TEST(HostileInput, inlined_literals_share_one_budget) {
  std::string wire = "* 1 FETCH (UID 1";
  for (int i = 0; i < 4; ++i) wire += " BODY[" + std::to_string(i) + "] {10}\r\n0123456789";
  const auto events = read_all(wire + ")\r\n", {.inline_literals_bytes_max = 25});
  const auto& fetch = std::get<FetchResponse>(std::get<Response>(events.back()));
  ASSERT_EQ(fetch.sections.size(), 4u);
  EXPECT_EQ(fetch.sections[1].presence, BodySection::Presence::inlined);
  EXPECT_EQ(fetch.sections[2].presence, BodySection::Presence::streamed);
  EXPECT_EQ(fetch.sections[3].presence, BodySection::Presence::streamed);
}

// Its end cannot be known, so nothing after it can be believed.
TEST(HostileInput, an_absurd_literal_loses_the_connection) {
  for (const char* wire : {"* 1 FETCH (BODY[] {99999999999999999999999}\r\n* 1 EXISTS\r\n",
                           "* 1 FETCH (BODY[] {18446744073709551615}\r\n* 1 EXISTS\r\n"}) {
    const auto events = read_all(wire);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_TRUE(std::holds_alternative<Unreadable>(events[0]));
  }
}

// A NUL marks literals inside the codec: one from the server must not be taken for it.
TEST(HostileInput, a_nul_in_a_line_is_no_literal) {
  using namespace std::string_view_literals;
  const auto events = read_all("* LIST () \"/\" \0x {1}\r\na\r\n* OK \0\r\n"sv);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(std::get<MailboxListing>(std::get<Response>(events[0])).name, "?x");
}

// `{5}` that is no length at the end of a line: too few or foreign digits.
TEST(HostileInput, braces_that_are_no_length_are_text) {
  EXPECT_EQ(read_one<MailboxListing>("* LIST () \"/\" a{}\r\n").name, "a{}");
  EXPECT_EQ(read_one<MailboxListing>("* LIST () \"/\" a{x}\r\n").name, "a{x}");
  EXPECT_EQ(read_one<MailboxListing>("* LIST () \"/\" a}\r\n").name, "a}");
}

}  // namespace
}  // namespace hermod::imap
