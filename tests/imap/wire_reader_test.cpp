#include <gtest/gtest.h>

#include "tests/imap/wire_support.hpp"

namespace hermod::imap {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view session =
    "* OK [CAPABILITY IMAP4rev1 LITERAL+] ready\r\n"
    "* LIST (\\Noselect) \"/\" {5}\r\nT\xc3\xa9st\r\n"
    "* 7 FETCH (UID 12 BODY[] {12}\r\nSubject: x\r\n FLAGS (\\Seen))\r\n"
    "* OK the text may end in {3}\r\n"
    "+ idling {7}\r\n"
    "* nonsense (\r\n"
    "* 8 FETCH (BODY[TEXT] ~{3}\r\n\0\r\n BODY[1] \"\" UID 9)\r\n"
    "A1 NO [BADEVENT (FlagChange {1}\r\nx)] refused\r\n"sv;

// TCP gives bytes in any pieces: where they are cut must not matter.
TEST(ResponseReader, every_split_point_gives_the_same_events) {
  ResponseReader whole;
  whole.feed(session);
  const auto expected = describe(whole);
  EXPECT_NE(expected.find("Subject: x"), std::string::npos);
  EXPECT_NE(expected.find("refused"), std::string::npos);
  for (std::size_t cut = 0; cut <= session.size(); ++cut) {
    ResponseReader reader;
    reader.feed(session.substr(0, cut));
    auto got = describe(reader);
    reader.feed(session.substr(cut));
    got += describe(reader);
    ASSERT_EQ(got, expected) << "cut at " << cut;
  }
  ResponseReader bytewise;
  std::string got;
  for (const char c : session) {
    bytewise.feed({&c, 1});
    got += describe(bytewise);
  }
  EXPECT_EQ(got, expected);
}

// A response that cannot be understood must not take the next ones with it.
TEST(ResponseReader, a_malformed_response_costs_itself_alone) {
  const auto events = read_all("* STATUS x (MESSAGES\r\n* 3 EXISTS\r\n");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<Malformed>(events[0]));
  EXPECT_TRUE(std::holds_alternative<Exists>(std::get<Response>(events[1])));
}

// A message of any size goes through in pieces; the response says afterwards what they were.
TEST(ResponseReader, large_literals_are_streamed) {
  const std::string body(100000, 'b');
  ResponseReader reader({.inline_literal_bytes_max = 1000});
  const std::string wire =
      "* 7 FETCH (UID 12 BODY[] {100000}\r\n" + body + " RFC822.SIZE 5)\r\n* 1 EXISTS\r\n";
  std::string got;
  std::vector<std::size_t> kinds;
  for (std::size_t at = 0; at < wire.size(); at += 4096) {
    reader.feed(std::string_view(wire).substr(at, 4096));
    while (auto event = reader.next()) {
      if (const auto* data = std::get_if<LiteralData>(&*event)) {
        EXPECT_LE(data->bytes.size(), 4096u);
        got += data->bytes;
        continue;
      }
      kinds.push_back(event->index());
      if (const auto* begin = std::get_if<LiteralBegin>(&*event)) {
        EXPECT_EQ(begin->head, "* 7 FETCH (UID 12 BODY[] ");
        EXPECT_EQ(begin->size, body.size());
      }
      if (const auto* response = std::get_if<Response>(&*event); response && kinds.size() == 3) {
        const auto& fetch = std::get<FetchResponse>(*response);
        EXPECT_EQ(fetch.uid, Uid{12});
        EXPECT_EQ(fetch.size, 5u);
        ASSERT_EQ(fetch.sections.size(), 1u);
        EXPECT_EQ(fetch.sections[0].presence, BodySection::Presence::streamed);
        EXPECT_EQ(fetch.sections[0].size, body.size());
        EXPECT_TRUE(fetch.sections[0].bytes.empty());
      }
    }
  }
  EXPECT_EQ(got, body);
  EXPECT_EQ(kinds, (std::vector<std::size_t>{1, 3, 0, 0}));  // begin, end, fetch, exists
}

// After STARTTLS nothing that came unprotected may be believed (RFC 9051 §6.2.1).
TEST(ResponseReader, discarded_input_leaves_no_trace) {
  ResponseReader reader;
  reader.feed("* OK injected {10}\r\n* 1 EXI");
  while (reader.next()) {
  }
  reader.discard_input();
  reader.feed("* 2 EXISTS\r\n");
  const auto event = reader.next();
  ASSERT_TRUE(event);
  EXPECT_EQ(std::get<Exists>(std::get<Response>(*event)).messages, 2u);
}

}  // namespace
}  // namespace hermod::imap
