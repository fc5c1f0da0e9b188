// RFC 2047 as it should be (§8 has the first rows) and broken in each way known; raw 8-bit headers.
#include <tests/mime/corpus/corpus.hpp>

namespace hermod::mime::corpus {
namespace {

struct SubjectRow {
  const char* name;
  std::string sent, meant;
};

const std::string nul(1, '\0');

const SubjectRow subjects[] = {
    {"rfc2047_one_word", "=?ISO-8859-1?Q?a?=", "a"},
    {"rfc2047_word_and_text", "=?ISO-8859-1?Q?a?= b", "a b"},
    {"rfc2047_two_words", "=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"},
    {"rfc2047_two_words_and_blanks", "=?ISO-8859-1?Q?a?=   =?ISO-8859-1?Q?b?=", "ab"},
    {"rfc2047_two_words_folded", "=?ISO-8859-1?Q?a?=\n   =?ISO-8859-1?Q?b?=", "ab"},
    {"rfc2047_encoded_blank", "=?ISO-8859-1?Q?a_b?=", "a b"},
    {"rfc2047_two_charsets", "=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"},
    {"rfc2047_long_base64",
     "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\n "
     "=?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
     "If you can read this you understand the example."},
    {"word_lower_case", "=?utf-8?q?caf=c3=a9?=", "café"},
    {"word_with_language", "=?utf-8*fr?Q?caf=C3=A9?=", "café"},
    {"word_with_raw_blanks", "=?utf-8?Q?caf=C3=A9 au lait?=", "café au lait"},
    {"word_glued_to_text", "Re:=?utf-8?Q?caf=C3=A9?=bar", "Re:cafébar"},
    {"words_glued_together", "=?utf-8?Q?caf=C3=A9?==?utf-8?Q?_bar?=", "café bar"},
    {"word_in_quotes", "\"=?utf-8?Q?caf=C3=A9?=\"", "\"café\""},
    {"word_empty", "=?utf-8?Q?\?=x", "x"},
    {"word_of_question_marks", "=?utf-8?Q?what=3F?=", "what?"},
    {"word_with_raw_question_mark", "=?utf-8?Q?what?now?=", "what?now"},
    {"word_without_end", "=?utf-8?Q?caf=C3=A9", "café"},
    {"word_without_end_before_another", "=?utf-8?Q?caf=C3=A9 =?utf-8?Q?_bar?=", "café  bar"},
    {"word_cut_in_an_escape", "=?utf-8?Q?caf=C3=A9=?=", "café="},
    {"word_split_character", "=?utf-8?Q?caf=C3?= =?utf-8?Q?=A9?=", "café"},
    {"word_split_character_base64", "=?utf-8?B?Y2Fmww==?= =?utf-8?B?qQ==?=", "café"},
    {"word_padding_in_each", "=?utf-8?B?YWI=?= =?utf-8?B?Y2Q=?=", "abcd"},
    {"word_padding_in_the_middle", "=?utf-8?B?YWI=Y2Q=?=", "abcd"},
    {"word_without_padding", "=?utf-8?B?Y2Fmw6k?=", "café"},
    {"word_with_too_much_padding", "=?utf-8?B?Y2Fmw6k====?=", "café"},
    {"word_base64_with_blanks", "=?utf-8?B?Y2Fm w6k=?=", "café"},
    {"word_base64_folded_inside", "=?utf-8?B?Y2Fm\n w6k=?=", "café"},
    {"word_q_folded_inside", "=?utf-8?Q?caf=C3=A9_au\n _lait?=", "café au  lait"},
    {"word_stateful_in_two_parts", "=?iso-2022-jp?B?GyRCRnw=?= =?iso-2022-jp?B?S1wbKEI=?=", "日本"},
    {"word_stateful_each_complete", "=?iso-2022-jp?B?GyRCRnwbKEI=?= =?iso-2022-jp?B?GyRCS1wbKEI=?=", "日本"},
    {"word_of_unknown_charset", "=?x-unheard-of?Q?caf=C3=A9?=", "café"},
    {"word_of_unknown_encoding", "=?utf-8?X?cafe?=", "=?utf-8?X?cafe?="},
    {"word_without_charset", "=??Q?cafe?=", "=??Q?cafe?="},
    {"word_start_alone", "a =? b", "a =? b"},
    {"word_end_alone", "a ?= b", "a ?= b"},
    {"word_longer_than_75", "=?utf-8?Q?" + repeated("caf=C3=A9_", 40) + "x?=", repeated("café ", 40) + "x"},
    {"word_with_wrong_charset", "=?us-ascii?Q?caf=C3=A9?=", "café"},
    {"word_latin1_is_windows_1252", "=?iso-8859-1?Q?=93a=94_=80?=", "“a” €"},
    {"word_with_controls", "=?utf-8?Q?a=0D=0ABcc:_x=00y=07?=", "a  Bcc: x\uFFFDy"},
    {"word_twice_encoded_stays", "=?utf-8?Q?=3D=3Futf-8=3FQ=3Fa=3F=3D?=", "=?utf-8?Q?a?="},
    {"word_underscore_in_base64_text", "=?utf-8?B?YV9i?=", "a_b"},
    {"word_gb2312_with_gbk", "=?gb2312?B?1uzpRrv5z8jJ+g==?=", "朱镕基先生"},
    {"word_in_utf16", "=?utf-16?B?/v8AYwBhAGYA6Q==?=", "café"},
    {"words_of_both_encodings", "=?utf-8?B?Y2Fm?= =?utf-8?Q?=C3=A9?=", "café"},
    {"words_hundred", repeated("=?utf-8?Q?=C3=A9?= ", 100), repeated("é", 100)},
    {"folded_plain", "one\n two\n\tthree", "one two three"},
    {"folded_with_empty_lines_of_blanks", "one\n  \n two", "one two"},
    {"subject_with_nul", "one" + nul + "two", "one two"},
    {"subject_with_escape_characters",
     "a\x07"
     "b\x7F"
     "c",
     "a b c"},
    {"raw_utf8", "Übergröße 日本", "Übergröße 日本"},
    {"raw_latin1",
     "Stra\xDF"
     "e",
     "Straße"},
    {"raw_windows_1252",
     "\x93"
     "a\x94",
     "“a”"},
    {"raw_iso_2022_jp", "\x1B$BF|K\\\x1B(B", "日本"},
    {"raw_broken_utf8", "caf\xC3\xA9 caf\xC3", "café caf\uFFFD"},
    {"raw_and_encoded", "\xC3\x9C =?iso-8859-1?Q?=FC?=", "Ü ü"},
};

// Raw 8-bit headers mean the charset of the body, where it has one.
struct RawRow {
  const char* name;
  const char* charset;
  std::string bytes;
  const char* meant;
};
const RawRow raw_headers[] = {
    {"raw_header_koi8_r", "koi8-r", "\xF0\xD2\xC9\xD7\xC5\xD4", "Привет"},
    {"raw_header_windows_1251", "windows-1251", "\xCF\xF0\xE8\xE2\xE5\xF2", "Привет"},
    {"raw_header_gb2312", "gb2312", "\xC4\xE3\xBA\xC3", "你好"},
    {"raw_header_big5", "big5", "\xA7\x41\xA6\x6E", "你好"},
    {"raw_header_shift_jis_with_backslash", "shift_jis", "\x95\x5C\x8E\xA6", "表示"},
    {"raw_header_euc_kr", "euc-kr", "\xBE\xC8\xB3\xE7", "안녕"},
    {"raw_header_iso_8859_2", "iso-8859-2", "P\xF8\xEDli\xB9", "Příliš"},
    {"raw_header_utf8_in_a_latin1_message", "iso-8859-1", "caf\xC3\xA9", "café"},
};

}  // namespace

std::vector<Message> encoded_word_messages() {
  std::vector<Message> messages;
  for (const SubjectRow& row : subjects)
    messages.push_back({.name = row.name, .raw = head({.subject = row.sent}) + "\n", .subject = row.meant});
  for (const RawRow& row : raw_headers)
    messages.push_back({.name = row.name,
                        .raw = head({.from = row.bytes + " <ann@example.test>", .subject = row.bytes}) +
                               "Content-Type: text/plain; charset=" + row.charset + "\n\nx\n",
                        .subject = row.meant,
                        .from = std::string(row.meant) + " <ann@example.test>",
                        .text = "x"});
  return messages;
}

}  // namespace hermod::mime::corpus
