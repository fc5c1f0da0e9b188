// HTML as mail has it → what a reader sees. Hidden text must not be found by search nor fill snippets.
#include <core/mime/html_document.hpp>
#include <core/mime/html_text.hpp>
#include <tests/mime/named_cases.hpp>

namespace hermod::mime {
namespace {

struct HtmlCase : NamedCase {
  const char* html;
  const char* expected;
};

const HtmlCase cases[] = {
    {{"paragraphs"}, "<p>One</p><p>Two</p>", "One\nTwo"},
    {{"inline_tags_separate_nothing"}, "a<b>b</b>c <i>d</i>", "abc d"},
    {{"blanks_collapse"}, "a \n\t  b&nbsp;&nbsp;c", "a b c"},
    {{"line_break"}, "a<br>b<br/>c", "a\nb\nc"},
    {{"list"}, "<ul><li>a<li>b</ul>", "- a\n- b"},
    {{"cells"}, "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a\tb\nc"},
    {{"preformatted"}, "<pre>a\nb</pre>", "a\nb"},
    {{"references"},
     "&lt;a&gt; &amp; &#233;&#xE9;&eacute; &unknown; &copy",
     "<a> & \u00E9\u00E9\u00E9 &unknown; &copy"},
    {{"bad_reference"},
     "a&#0;&#xD800;&#1114112;b",
     "a\uFFFD\uFFFD\uFFFD"
     "b"},
    {{"script_and_style"}, "a<script>if (a<b) x('</b>')</script><STYLE>p{}</STYLE >b", "ab"},
    {{"title"}, "<head><title>T</title></head><body>x", "x"},
    {{"comments"}, "a<!-- <p>x</p> -->b<!--[if mso]>y<![endif]--><![if !mso]>c<![endif]>", "abc"},
    {{"comment_without_end"}, "a<!-- b>c", "ac"},
    {{"image_text"}, "see<img src=x alt='the &quot;logo&quot;'>here", "see the \"logo\" here"},
    {{"display_none"}, "<div style='Display : NONE !important'>x<p>y</p></div>z", "z"},
    {{"hidden_attribute"}, "<span hidden>x</span>z", "z"},
    {{"opacity"}, "<p style=opacity:0>x</p><p style='opacity:0.9'>y</p>", "y"},
    {{"office_hide"}, "<span style='mso-hide:all'>x</span>z", "z"},
    {{"zero_height"}, "<div style='max-height:0px;overflow:hidden'>x</div>z", "z"},
    {{"tiny_font"}, "<span style='font-size:1px'>x</span>z", "z"},
    {{"tiny_font_undone_inside"}, "<td style='font-size:0px'>x<div style='font-size:14px'>y</div></td>", "y"},
    {{"invisible_undone_inside"},
     "<p style='visibility:hidden'>x<b style='visibility:visible'>y</b></p>",
     "y"},
    {{"white_text"}, "<p style='color:#FFFFFF'>x</p>z", "z"},
    {{"white_text_on_a_button"}, "<td bgcolor='#0000ff'><a style='color:white'>Buy</a></td>", "Buy"},
    {{"void_element_hides_nothing"}, "<img style='display:none' alt='a'>z", "z"},
    {{"unclosed_paragraph_ends"}, "<p style='display:none'>x<p>y", "y"},
    {{"zero_width"}, "a&zwnj;\u200Bb\u00ADc\u034F", "abc"},
    {{"not_a_tag"}, "1 < 2 and 3<4", "1 < 2 and 3<4"},
    {{"unquoted_attribute_with_bracket"}, "<a href=x>y</a>", "y"},
    {{"bracket_in_quotes"}, "<a title='>' href=\"a>b\">y</a>", "y"},
    {{"quote_without_end"}, "<a title='x>y</a> z", "y z"},
    {{"unfinished_tag"}, "a<b", "a"},
    {{"stray_end_tags"}, "</div></p>a</x>", "a"},
    {{"empty"}, "", ""},
};

TEST(VisibleText, is_what_a_reader_sees) {
  for (const HtmlCase& row : cases) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(html_to_text(row.html).text, row.expected);
  }
}

// A list of messages shows what the sender wrote, not what is quoted below it.
TEST(OwnText, marks_quoted_text_without_its_words) {
  const HtmlText text = html_to_text("<p>Yes</p><p>Ann wrote:</p><blockquote>No</blockquote>");
  EXPECT_EQ(text.text, "Yes\nAnn wrote:\nNo");
  EXPECT_EQ(text.own_text, "Yes\nAnn wrote:\n>");
}

// Browsers stop at no depth, and neither may the text.
TEST(VisibleTextDepth, text_below_the_depth_limit_is_kept) {
  std::string html;
  for (int i = 0; i < 2000; ++i) html += "<div>";
  EXPECT_EQ(html_to_text(html + "deep").text, "deep");
}

// The body is served as UTF-8, so a browser must not be told otherwise.
TEST(DeclaredCharset, is_rewritten) {
  std::string html =
      "<html><head><META http-equiv=Content-Type content='text/html; charset=Windows-1251'></head>";
  EXPECT_EQ(declared_charset(html), "Windows-1251");
  rewrite_declared_charset(html);
  EXPECT_EQ(html, "<html><head><META http-equiv=Content-Type content='text/html; charset=utf-8'></head>");
}

// RFC 2392: the URL is encoded, the Content-ID is not.
TEST(ReferencedParts, are_decoded) {
  const auto parts =
      referenced_parts("<img src=\"CID:a%40b\"><td style='background:url(cid:c@d)'><img src=e.png>");
  EXPECT_TRUE(parts.contains("a@b"));
  EXPECT_TRUE(parts.contains("c@d"));
  EXPECT_TRUE(parts.contains("e.png"));
}

}  // namespace
}  // namespace hermod::mime
