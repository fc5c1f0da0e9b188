// The line that lists of messages show.
#include <core/mime/snippet.hpp>
#include <tests/mime/named_cases.hpp>

namespace hermod::mime {
namespace {

struct SnippetCase : NamedCase {
  const char* text;
  const char* expected;
};

const SnippetCase cases[] = {
    {{"short_text"}, "Hello", "Hello"},
    {{"cut"}, "0123456789abc", "0123456789"},
    {{"no_blank_at_the_cut"}, "012345678 9", "012345678"},
    {{"blanks_collapse"}, "  a \r\n\r\n\t b\u00A0\u3000c", "a b c"},
    {{"invisible_characters_go"}, "\u200B\uFEFFa\u00ADb", "ab"},
    {{"counts_characters_not_bytes"},
     "\u65E5\u672C\u8A9E\u65E5\u672C\u8A9E\u65E5\u672C\u8A9E\u65E5\u672C",
     "\u65E5\u672C\u8A9E\u65E5\u672C\u8A9E\u65E5\u672C\u8A9E\u65E5"},
    {{"keeps_a_grapheme_whole"}, "012345678e\u0301x", "012345678"},
    {{"keeps_a_flag_whole"}, "012345678\U0001F1E9\U0001F1EA", "012345678"},
    {{"skips_quotes"}, "> old\nnew", "new"},
    {{"skips_the_announcement"}, "On Monday Ann wrote:\n\n> old\n\nnew", "new"},
    {{"stops_at_the_signature"}, "Hi\n-- \nAnn", "Hi"},
    {{"only_quotes_are_shown"}, "> old", "> old"},
    {{"empty"}, "", ""},
};

TEST(Snippet, starts_with_what_was_written) {
  for (const SnippetCase& row : cases) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(make_snippet(row.text, 10), row.expected);
  }
}

}  // namespace
}  // namespace hermod::mime
