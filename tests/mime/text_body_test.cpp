// Plain text turned into HTML and format=flowed undone (RFC 3676).
#include <core/mime/plain_text.hpp>
#include <core/mime/transfer_encoding.hpp>
#include <tests/mime/named_cases.hpp>

namespace hermod::mime {
namespace {

struct TextCase : NamedCase {
  TextFormat format;
  const char* text;
  const char* lines;
  const char* html;
};

using enum TextFormat;

const TextCase cases[] = {
    {{"fixed_lines"}, fixed, "a \r\nb", "a \nb\n", "<div>a <br>\nb<br>\n</div>"},
    {{"escaped"}, fixed, "<b> & \"c\"", "<b> & \"c\"\n", "<div>&lt;b&gt; &amp; &quot;c&quot;<br>\n</div>"},
    {{"blanks_survive"}, fixed, "  a  b", "  a  b\n", "<div>&nbsp;&nbsp;a &nbsp;b<br>\n</div>"},
    {{"fixed_quotes_stay"}, fixed, "> a", "> a\n", "<div>&gt; a<br>\n</div>"},
    {{"flowed_lines_join"}, flowed, "a \r\nb\r\nc", "a b\nc\n", "<div>a b<br>\nc<br>\n</div>"},
    {{"flowed_blank_deleted"}, flowed_delete, "a \nb", "ab\n", "<div>ab<br>\n</div>"},
    {{"stuffing_removed"}, flowed, " >a\n From b", ">a\nFrom b\n", "<div>&gt;a<br>\nFrom b<br>\n</div>"},
    {{"quote_levels"},
     flowed,
     ">> a \n>> b\n> c\nd",
     "> > a b\n> c\nd\n",
     "<div><blockquote type=\"cite\"><blockquote type=\"cite\">a "
     "b<br>\n</blockquote>c<br>\n</blockquote>d<br>\n</div>"},
    {{"other_level_ends_paragraph"},
     flowed,
     "a \n> b",
     "a \n> b\n",
     "<div>a <br>\n<blockquote type=\"cite\">b<br>\n</blockquote></div>"},
    {{"signature_rule_flows_not"},
     flowed,
     "a \n-- \nAnn",
     "a \n-- \nAnn\n",
     "<div>a <br>\n-- <br>\nAnn<br>\n</div>"},
    {{"empty"}, fixed, "", "", "<div></div>"},
};

TEST(PlainText, becomes_lines_and_html) {
  for (const TextCase& row : cases) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(unflowed(row.text, row.format), row.lines);
    EXPECT_EQ(plain_text_to_html(row.text, row.format, 10'000), row.html);
  }
}

struct TransferCase : NamedCase {
  const char* label;
  const char* body;
  std::string expected;
};

const TransferCase transfer_cases[] = {
    {{"base64"}, "base64", "SGVsbG8g\r\nd29ybGQ=\r\n", "Hello world"},
    {{"base64_label_variants"}, "\"Base64\"; x", "SGVsbG8=", "Hello"},
    {{"base64_padding_in_the_middle"}, "base64", "SGVsbG8=\nIHdvcmxk", "Hello world"},
    {{"base64_without_padding"}, "base64", "SGVsbG8", "Hello"},
    {{"base64_group_over_lines"}, "base64", "SGV\nsbG\n8=", "Hello"},
    {{"base64_footer_is_not_decoded"}, "base64", "SGVsbG8=\n____\nA list footer here\n", "Hello"},
    {{"base64_over_plain_text"}, "base64", "This is plain text, really.", "This is plain text, really."},
    {{"quoted_printable"}, "Quoted-Printable", "caf=C3=A9 =3D=\r\n x  \r\n", "caf\u00E9 = x\r\n"},
    {{"quoted_printable_bad_escape"}, "quoted-printable", "100=ZZ =4", "100=ZZ =4"},
    {{"quoted_printable_soft_break_at_end"}, "quoted-printable", "abc=", "abc"},
    {{"uuencode"}, "x-uuencode", "begin 644 a.txt\n#0V%T\n`\nend\n", "Cat"},
    {{"uuencode_cut_line"}, "x-uuencode", "begin 644 a\n#0V\n", std::string("C`\0", 3)},
    {{"unknown_is_identity"}, "x-secret", "abc=3D", "abc=3D"},
};

TEST(TransferEncoded, body_is_decoded) {
  for (const TransferCase& row : transfer_cases) {
    SCOPED_TRACE(row.name);
    const std::string_view body = row.body;
    const auto encoding = effective_encoding(body, transfer_encoding_from(row.label));
    EXPECT_EQ(decode_transfer(body, encoding, 1000), row.expected);
  }
}

}  // namespace
}  // namespace hermod::mime
