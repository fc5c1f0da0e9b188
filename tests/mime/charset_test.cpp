// Bytes with right, wrong and no charset labels. The reader sees characters or U+FFFD, never fewer of them.
#include <core/mime/charset.hpp>
#include <tests/mime/named_cases.hpp>

namespace hermod::mime {
namespace {

using enum CharsetOutcome;

struct CharsetCase : NamedCase {
  const char* label;
  std::string_view bytes;
  const char* expected;
  CharsetOutcome outcome = as_labelled;
};

using namespace std::string_view_literals;

const CharsetCase cases[] = {
    {{"ascii"}, "us-ascii", "abc", "abc"},
    {{"utf8"}, "utf-8", "caf\u00E9", "caf\u00E9"},
    {{"utf8_with_mark"},
     "UTF-8",
     "\xEF\xBB\xBF"
     "abc",
     "abc"},
    {{"utf8_label_variants"}, "\"UTF8;\"", "caf\u00E9", "caf\u00E9"},
    {{"codepage_65001"}, "cp65001", "caf\u00E9", "caf\u00E9"},
    {{"latin1_is_windows_1252"},
     "iso-8859-1",
     "\x93"
     "a\x94 \x80",
     "\u201C"
     "a\u201D \u20AC"},
    {{"latin1_that_is_utf8"}, "iso-8859-1", "caf\u00E9", "caf\u00E9"},
    {{"no_label_latin1"}, "", "caf\xE9", "caf\u00E9", guessed},
    {{"no_label_utf8"}, "", "caf\u00E9", "caf\u00E9"},
    {{"unknown_8bit"}, "unknown-8bit", "caf\xE9", "caf\u00E9", guessed},
    {{"utf8_that_is_latin1"}, "utf-8", "caf\xE9", "caf\u00E9", guessed},
    {{"utf8_with_one_broken_byte"},
     "utf-8",
     "\u00E9\u00E8\u00EA\xFFz",
     "\u00E9\u00E8\u00EA\uFFFDz",
     replaced},
    {{"turkish"}, "iso-8859-9", "\xFD\xFE", "\u0131\u015F"},
    {{"thai"}, "tis-620", "\xA1\xE0", "\u0E01\u0E40"},
    {{"hebrew_logical"}, "iso-8859-8-i", "\xF9\xEC", "\u05E9\u05DC"},
    {{"cyrillic"}, "windows-1251", "\xCF\xF0\xE8", "\u041F\u0440\u0438"},
    {{"cyrillic_odd_label"}, "win-1251", "\xCF\xF0\xE8", "\u041F\u0440\u0438"},
    {{"koi8"}, "koi8-r", "\xF0\xD2\xC9", "\u041F\u0440\u0438"},
    {{"dos"}, "cp-850", "\x82", "\u00E9"},
    {{"mac"}, "x-mac-roman", "\x8E", "\u00E9"},
    {{"gb2312_with_euro"}, "gb2312", "\xBC\xC3\xA2\xE3", "\u6D4E\u20AC"},
    {{"gb18030_four_bytes"}, "x-gbk", "\x81\x30\x8B\x37", "\u00FF"},
    {{"korean_beyond_euc"}, "euc-kr", "\xB0\xA1\x81\x41", "\uAC00\uAC02"},
    {{"korean_old_label"}, "ks_c_5601-1987", "\xB0\xA1", "\uAC00"},
    {{"shift_jis"}, "x-sjis", "\x93\xFA\x87\x40", "\u65E5\u2460"},
    {{"iso_2022_jp_half_width"}, "iso-2022-jp-ms", "\x1B(I1\x1B(B", "\uFF71"},
    {{"iso_2022_jp_without_label"}, "", "\x1B$BF|K\\\x1B(B", "\u65E5\u672C", guessed},
    {{"hz"}, "hz-gb-2312", "~{<C~}", "\u6D4E"},
    {{"utf7_when_labelled"}, "unicode-1-1-utf-7", "+AGE-b", "ab"},
    {{"utf7_is_never_guessed"}, "", "+ADw-script", "+ADw-script"},
    {{"utf16_with_mark"},
     "utf-16",
     "\xFF\xFE"
     "a\0b\0"sv,
     "ab"},
    {{"utf16_little_endian_by_zeros"}, "utf-16", "a\0b\0"sv, "ab"},
    {{"utf16_big_endian_by_zeros"}, "utf-16", "\0a\0b"sv, "ab"},
    {{"unknown_label_utf8"}, "x-klingon", "caf\u00E9", "caf\u00E9", guessed},
    {{"unknown_label_western"}, "x-klingon", "caf\xE9", "caf\u00E9", guessed},
    {{"unknown_label_ascii"}, "x-klingon", "cafe", "cafe", guessed},
    {{"nul_cannot_be_stored"},
     "us-ascii",
     "a\0b"sv,
     "a\uFFFD"
     "b"},
    {{"double_encoded"}, "utf-8", "Caf\u00C3\u00A9 cr\u00C3\u00A8me", "Caf\u00E9 cr\u00E8me", guessed},
    {{"double_encoded_only_once_is_left"}, "utf-8", "Caf\u00C3\u00A9", "Caf\u00C3\u00A9"},
    {{"double_encoded_beside_other_is_left"},
     "utf-8",
     "\u65E5 \u00C3\u00A9\u00C3\u00A9",
     "\u65E5 \u00C3\u00A9\u00C3\u00A9"},
    {{"empty"}, "utf-8", "", ""},
};

TEST(CharsetOf, bytes_is_found) {
  for (const CharsetCase& row : cases) {
    SCOPED_TRACE(row.name);
    const DecodedText decoded = decode_charset(row.bytes, row.label);
    EXPECT_EQ(decoded.text, row.expected);
    EXPECT_EQ(decoded.outcome, row.outcome);
  }
}

}  // namespace
}  // namespace hermod::mime
