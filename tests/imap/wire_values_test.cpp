#include <gtest/gtest.h>

#include "plugins/imap/wire/base64.hpp"
#include "plugins/imap/wire/internal_date.hpp"
#include "plugins/imap/wire/mailbox_name.hpp"
#include "plugins/imap/wire/uid_set.hpp"

namespace hermod::imap {
namespace {

// RFC 3501 §5.1.3 gives the first two; the others are names that real servers hold.
TEST(MailboxName, modified_utf7_and_utf8_are_each_others_inverse) {
  const std::pair<const char*, const char*> names[] = {
      {"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"},
      {"A &- B", "A & B"},
      {"T&AOk-st", "Tést"},
      {"Entw&APw-rfe", "Entwürfe"},
      {"&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-", "Отправленные"},
      {"&2D3eAA-", "😀"},
      {"", ""},
  };
  for (const auto& [wire, utf8] : names) {
    EXPECT_EQ(decode_mailbox_name(wire), utf8);
    EXPECT_EQ(encode_mailbox_name(utf8), wire);
  }
}

// What is not well-formed must be refused, else two names on the server become one here.
TEST(MailboxName, ill_formed_names_are_refused_and_shown_lossily) {
  for (const char* wire : {"A & B", "&AOk", "&AO-", "&2D0-", "&3gA-", "&AOl-", "T\xc3\xa9st", "a\x01"}) {
    EXPECT_EQ(decode_mailbox_name(wire), std::nullopt) << wire;
  }
  EXPECT_EQ(display_name("A & B"), "A & B");
  EXPECT_EQ(display_name("T\xc3\xa9st"), "Tést");
  EXPECT_EQ(display_name("line\nbreak"),
            "line\xef\xbf\xbd"
            "break");
  EXPECT_EQ(display_name("shifted&AAo-"), "shifted\xef\xbf\xbd");
  EXPECT_EQ(display_name("T\xe9st"), "T\xef\xbf\xbdst");
  EXPECT_EQ(encode_mailbox_name("T\xe9st"), std::nullopt);
  EXPECT_EQ(encode_mailbox_name("\xc0\x80"), std::nullopt);
  EXPECT_EQ(encode_mailbox_name("\xed\xa0\x80"), std::nullopt);
}

// RFC 4648 §10.
TEST(Base64, examples_of_the_specification) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : cases) {
    EXPECT_EQ(base64_encode(plain), encoded);
    EXPECT_EQ(base64_decode(encoded), plain);
  }
  for (const char* bad : {"Zg=", "Zh==", "Z===", "Zm9v!", "Zm 9"})
    EXPECT_EQ(base64_decode(bad), std::nullopt) << bad;
}

// RFC 9051 §7.5.2, and the odd spellings of real servers.
TEST(InternalDate, is_read_in_every_spelling_and_printed_in_one) {
  using namespace std::chrono;
  const auto expected = sys_days{1996y / July / 17} + 9h + 44min + 25s;
  EXPECT_EQ(parse_internal_date("17-Jul-1996 02:44:25 -0700"), expected);
  EXPECT_EQ(parse_internal_date("17-JUL-1996 09:44:25"), expected);
  EXPECT_EQ(format_internal_date(expected), "17-Jul-1996 09:44:25 +0000");
  const auto first = sys_days{2024y / February / 1} + 0s;
  for (const char* text :
       {" 1-Feb-2024 00:00:00 +0000", "1-Feb-2024 00:00:00 +0000", "01-Feb-2024 00:00:00 +0000"}) {
    EXPECT_EQ(parse_internal_date(text), first) << text;
  }
}

// 32-bit time_t ends in 2038; dates before 1970 are negative.
TEST(InternalDate, dates_of_1900_and_2038_survive_the_round_trip) {
  for (const char* text :
       {"01-Jan-1900 00:00:00 +0000", "19-Jan-2038 03:14:08 +0000", "29-Feb-2000 23:59:59 +0000"}) {
    const auto time = parse_internal_date(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(format_internal_date(*time), text);
  }
}

TEST(InternalDate, what_is_no_date_is_absent) {
  for (const char* text :
       {"", "31-Feb-2024 00:00:00 +0000", "01-Foo-2024 00:00:00 +0000", "01-Jan-24 00:00:00 +0000",
        "01-Jan-2024 24:00:00 +0000", "01-Jan-2024 00:00:00 +2400", "01-Jan-2024 00:00:00 +00",
        "01-Jan-2024 00:00:00 +0000x", "00-Jan-2024 00:00:00 +0000"}) {
    EXPECT_EQ(parse_internal_date(text), std::nullopt) << text;
  }
}

UidSet set(std::string_view text) { return UidSet::parse(text).value(); }

// QQ refuses a descending range, Yahoo an empty set.
TEST(UidSet, is_printed_ascending_and_merged) {
  EXPECT_EQ(set("9:7,1,2:3,8").to_wire(), "1:3,7:9");
  EXPECT_EQ(set("5:*").to_wire(), "5:4294967295");
  EXPECT_EQ(UidSet::of({Uid{3}, Uid{1}, Uid{2}, Uid{9}}).to_wire(), "1:3,9");
  EXPECT_TRUE(UidSet().to_wire_pieces(100).empty());
  for (const char* bad : {"", "0", "1:", "1,,2", "1,", "a", "4294967296", "1:2:3", " 1"}) {
    EXPECT_EQ(UidSet::parse(bad), std::nullopt) << bad;
  }
}

TEST(UidSet, set_arithmetic_never_expands_a_range) {
  const auto all = set("1:4294967295");
  EXPECT_EQ(all.count(), 4294967295u);
  EXPECT_EQ(all.minus(set("5,4294967295")).to_wire(), "1:4,6:4294967294");
  EXPECT_EQ(all.minus(all).to_wire(), "");
  EXPECT_EQ(set("1:10,20:30").minus(set("5:25")).to_wire(), "1:4,26:30");
  EXPECT_EQ(set("1:10,20:30").within(Uid{8}, Uid{21}).to_wire(), "8:10,20:21");
  EXPECT_EQ(set("1:10,20:30").newest(12).to_wire(), "10,20:30");
  EXPECT_EQ(set("1:10").newest(99).to_wire(), "1:10");
  EXPECT_EQ(set("1:3,7").united_with(set("4:6")).to_wire(), "1:7");
  EXPECT_TRUE(set("1:3,7").contains(Uid{7}));
  EXPECT_FALSE(set("1:3,7").contains(Uid{4}));
}

// Command lines stay below 8000 octets (RFC 7162 §4).
TEST(UidSet, pieces_keep_below_the_limit_and_lose_nothing) {
  std::vector<Uid> odd;
  for (std::uint32_t i = 1; i < 4000; i += 2) odd.push_back(Uid{i});
  const auto whole = UidSet::of(odd);
  UidSet joined;
  for (const auto& piece : whole.to_wire_pieces(100)) {
    EXPECT_LE(piece.size(), 100u);
    joined = joined.united_with(set(piece));
  }
  EXPECT_EQ(joined, whole);
}

// COPYUID pairs the two sets by position (RFC 4315 §3), so order must survive.
TEST(UidSet, expansion_keeps_the_written_order_and_its_limit) {
  EXPECT_EQ(expand_in_written_order("12:11,4", 9), (std::vector{Uid{12}, Uid{11}, Uid{4}}));
  EXPECT_EQ(expand_in_written_order("1:4294967295", 1000), std::nullopt);
  EXPECT_EQ(expand_in_written_order("1,x", 9), std::nullopt);
}

}  // namespace
}  // namespace hermod::imap
