// Encoded words and raw 8-bit text in headers, regular and broken (RFC 2047).
#include <core/mime/encoded_word.hpp>
#include <core/mime/header_block.hpp>
#include <core/mime/message.hpp>
#include <tests/mime/named_cases.hpp>

namespace hermod::mime {
namespace {

struct HeaderTextCase : NamedCase {
  const char* raw;
  const char* expected;
};

const HeaderTextCase cases[] = {
    {{"plain"}, " Hello  world ", "Hello  world"},
    {{"folded"}, "Hello\r\n\t  world", "Hello world"},
    {{"q_word"}, "=?iso-8859-1?Q?caf=E9_au_lait?=", "caf\u00E9 au lait"},
    {{"b_word"}, "=?utf-8?B?SGVsbG8=?=", "Hello"},
    {{"lower_case_encoding"}, "=?UTF-8?b?SGVsbG8=?= =?utf-8?q?!?=", "Hello!"},
    {{"padded_words_are_joined"}, "=?utf-8?B?YWI=?= =?utf-8?B?Y2Q=?=", "abcd"},
    {{"unpadded_last_group"}, "=?utf-8?B?Y2Fmw6k?=", "caf\u00E9"},
    {{"character_split_between_words"}, "=?utf-8?B?w4M=?= =?utf-8?Q?x=C3?= =?utf-8?Q?=A9?=", "\u00C3x\u00E9"},
    {{"iso_2022_jp_pairs"},
     "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?= =?iso-2022-jp?B?GyRCOGwbKEI=?=",
     "\u65E5\u672C\u8A9E"},
    {{"blank_between_words_goes"}, "=?utf-8?Q?a?=\r\n =?utf-8?Q?b?=", "ab"},
    {{"blank_beside_text_stays"}, "x =?utf-8?Q?a?= y", "x a y"},
    {{"glued_to_text"}, "x=?utf-8?Q?a?=y", "xay"},
    {{"language"}, "=?utf-8*en?Q?a?=", "a"},
    {{"blanks_in_word"}, "=?utf-8?Q?a b c?=", "a b c"},
    {{"question_mark_in_word"}, "=?utf-8?Q?why?_so?=", "why? so"},
    {{"first_payload_is_escape"}, "=?utf-8?Q?=C3=A9?=", "\u00E9"},
    {{"empty_word"},
     "a =?utf-8?Q?"
     "?= b",
     "a  b"},
    {{"without_end"}, "=?utf-8?Q?x=C3=A9", "x\u00E9"},
    {{"without_end_before_next"}, "=?utf-8?Q?a_=?utf-8?Q?b?=", "a b"},
    {{"unknown_charset_with_utf8"}, "=?x-unheard-of?Q?=C3=A9=C3=A8?=", "\u00E9\u00E8"},
    {{"wrong_charset"}, "=?us-ascii?Q?caf=E9?=", "caf\u00E9"},
    {{"windows_1252_labelled_latin1"}, "=?iso-8859-1?Q?=93x=94_=80?=", "\u201Cx\u201D \u20AC"},
    {{"gb2312_is_gb18030"}, "=?gb2312?B?ouO8ww==?=", "\u20AC\u6D4E"},
    {{"raw_utf8"}, "caf\u00E9", "caf\u00E9"},
    {{"raw_latin1"}, "caf\xE9", "caf\u00E9"},
    {{"raw_beside_word"}, "\xE9 =?utf-8?Q?=C3=A9?=", "\u00E9 \u00E9"},
    {{"encoded_line_break_is_no_header"}, "=?utf-8?Q?a=0D=0ABcc:_x?=", "a  Bcc: x"},
    {{"encoded_nul"},
     "=?utf-8?Q?a=00b?=",
     "a\uFFFD"
     "b"},
    {{"no_word_after_all"}, "1 =? 2 ?= 3", "1 =? 2 ?= 3"},
    {{"bad_encoding_letter"}, "=?utf-8?X?abc?=", "=?utf-8?X?abc?="},
    {{"bad_escape_stays"}, "=?utf-8?Q?100=ZZ?=", "100=ZZ"},
    {{"double_encoded"}, "=?utf-8?B?Q2Fmw4PCqSBjcsODwqhtZQ==?=", "Caf\u00E9 cr\u00E8me"},
};

TEST(HeaderText, is_decoded) {
  for (const HeaderTextCase& row : cases) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(decode_header_text(unfolded(row.raw)), row.expected);
  }
}

// The list is served as it was sent: order and repeated names matter to those who read Received lines.
TEST(ParseHeaders, keeps_order_and_duplicates) {
  const std::vector<Header> expected = {{"Received", "one"}, {"Subject", "caf\u00E9"}, {"Received", "two"}};
  EXPECT_EQ(
      parse_headers("Received: one\r\nSubject: =?utf-8?Q?caf=C3=A9?=\r\nReceived:\r\n two\r\n\r\nX: body"),
      expected);
}

// Header blocks come without a body from FETCH-like requests.
TEST(ParseHeaders, reads_a_block_without_its_blank_line) {
  EXPECT_EQ(parse_headers("Subject : a"), (std::vector<Header>{{"Subject", "a"}}));
}

// The API's "basic headers" are the three that threading needs, whatever their letter case.
TEST(BasicHeaders, are_the_three_of_threading) {
  const std::vector<Header> all = {
      {"Subject", "s"}, {"Message-Id", "<a@x>"}, {"references", "<b@x>"}, {"To", "t"}};
  EXPECT_EQ(basic_headers(all), (std::vector<Header>{{"Message-Id", "<a@x>"}, {"references", "<b@x>"}}));
}

}  // namespace
}  // namespace hermod::mime
