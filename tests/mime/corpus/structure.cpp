// The tree of parts (RFC 2046) as it should be and broken; what is shown of it; bytes that are no text.
#include <tests/mime/corpus/corpus.hpp>

namespace hermod::mime::corpus {
namespace {

const std::string nul(1, '\0');

std::string multipart(const std::string& subtype, const std::string& body,
                      const std::string& boundary = "b") {
  return head() + "Content-Type: multipart/" + subtype + "; boundary=\"" + boundary + "\"\n\n" + body;
}
std::string html(const std::string& body) {
  return head() + "Content-Type: text/html; charset=utf-8\n\n" + body;
}

const std::string pdf = "--b\nContent-Type: application/pdf; name=a.pdf\n\nbytes\n";

std::vector<Message> well_formed() {
  return {
      {.name = "plain", .raw = head() + "\nline one\nline two\n", .text = "line one\nline two"},
      {.name = "rfc2046_511_example",
       .raw = multipart(
           "mixed",
           "This is the preamble.\n\n--simple boundary\n\nThis is implicitly typed plain US-ASCII text.\n"
           "It does NOT end with a linebreak.\n--simple boundary\nContent-type: text/plain; "
           "charset=us-ascii\n\nThis is explicitly typed plain US-ASCII text.\nIt DOES end with a "
           "linebreak.\n\n--simple boundary--\n\nThis is the epilogue.\n",
           "simple boundary"),
       .text = "This is implicitly typed plain US-ASCII text.\nIt does NOT end with a linebreak.\n\nThis is "
               "explicitly "
               "typed plain US-ASCII text.\nIt DOES end with a linebreak."},
      {.name = "alternative_shows_html",
       .raw = multipart("alternative", "--b\n\nplain\n--b\nContent-Type: text/html\n\n<p>rich\n--b--\n"),
       .text = "rich"},
      {.name = "alternative_with_empty_html_shows_plain",
       .raw = multipart("alternative", "--b\n\nplain\n--b\nContent-Type: text/html\n\n<p>\n--b--\n"),
       .text = "plain"},
      {.name = "alternative_with_calendar",
       .raw = multipart("alternative",
                        "--b\n\nplain\n--b\nContent-Type: text/calendar; method=REQUEST; name=invite.ics\n\n"
                        "BEGIN:VCALENDAR\n--b--\n"),
       .text = "plain",
       .files = {{"invite.ics", "text/calendar", "BEGIN:VCALENDAR"}}},
      {.name = "related_image",
       .raw = multipart(
           "related",
           "--b\nContent-Type: text/html\n\n<img src=\"cid:i@x\">words\n--b\nContent-Type: image/png; "
           "name=i.png\nContent-ID: <i@x>\n\npng\n--b--\n"),
       .text = "words",
       .files = {{"i.png", "image/png", "png"}}},
      {.name = "nested_message",
       .raw = multipart(
           "mixed", "--b\n\nsee below\n--b\nContent-Type: message/rfc822\n\nSubject: inner\n\nbody\n--b--\n"),
       .text = "see below",
       .files = {{"inner.eml", "message/rfc822", "Subject: inner\n\nbody"}}},
      {.name = "digest",
       .raw = multipart("digest", "--b\n\nSubject: one\n\n1\n--b\n\nSubject: two\n\n2\n--b--\n"),
       .files = {{"one.eml", "message/rfc822", "Subject: one\n\n1"},
                 {"two.eml", "message/rfc822", "Subject: two\n\n2"}}},
      {.name = "delivery_report",
       .raw = multipart(
           "report; report-type=delivery-status",
           "--b\n\nNot delivered.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; "
           "x.test\n--b--\n"),
       .text = "Not delivered.",
       .files = {{"attachment-1.txt", "message/delivery-status", "Reporting-MTA: dns; x.test"}}},
      {.name = "boundary_with_every_character",
       .raw = multipart("mixed", "--a'()+_,-./:=? b\n\ntext\n--a'()+_,-./:=? b--\n", "a'()+_,-./:=? b"),
       .text = "text"},
      {.name = "boundary_is_prefix_of_inner",
       .raw = multipart(
           "mixed",
           "--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\none\n--bb--\n--b\n\ntwo\n--b--\n"),
       .text = "one\n\ntwo"},
      {.name = "flowed_text",
       .raw = head() +
              "Content-Type: text/plain; format=flowed\n\nA long \nline.\n> quoted \n> text\n-- \nAnn\n",
       .text = "A long line.\n> quoted text\n-- \nAnn"},
  };
}

std::vector<Message> broken() {
  return {
      {.name = "boundary_missing_in_header",
       .raw = head() +
              "Content-Type: multipart/mixed\n\n--zz\nContent-Type: text/plain\n\ntext\n--zz\nContent-Type: "
              "application/pdf; name=a.pdf\n\nbytes\n--zz--\n",
       .text = "text",
       .files = {{"a.pdf", "application/pdf", "bytes"}}},
      {.name = "boundary_wrong_in_header",
       .raw = multipart("mixed", "--zz\nContent-Type: text/plain\n\ntext\n--zz--\n"),
       .text = "text"},
      {.name = "boundary_never_used_is_text",
       .raw = multipart("mixed", "just text\n"),
       .text = "just text",
       .flagged = true},
      {.name = "closing_boundary_missing",
       .raw = multipart("mixed", "--b\n\ntext\n" + pdf),
       .text = "text",
       .files = {{"a.pdf", "application/pdf", "bytes\n"}}},
      {.name = "closing_boundary_missing_within",
       .raw = multipart("mixed",
                        "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nplain\n--c\n"
                        "Content-Type: text/html\n\n<p>rich\n" +
                            pdf + "--b--\n"),
       .text = "rich",
       .files = {{"a.pdf", "application/pdf", "bytes"}}},
      {.name = "boundary_with_blanks_behind",
       .raw = multipart("mixed", "--b  \n\ntext\n--b--   \n"),
       .text = "text"},
      {.name = "boundary_quoted_with_blank_at_end",
       .raw = multipart("mixed", "--b\n\ntext\n--b--\n", "b "),
       .text = "text"},
      {.name = "same_boundary_within",
       .raw = multipart("mixed", "--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n"),
       .text = "one"},
      {.name = "blank_line_missing_in_part",
       .raw = multipart("mixed", "--b\nplain words, no header\n--b--\n"),
       .text = "plain words, no header"},
      {.name = "parts_without_header_or_blank_line",
       .raw = multipart("mixed", "--b\n\none\n--b\n\n--b\n\nthree\n--b--\n"),
       .text = "one\n\nthree"},
      {.name = "multipart_in_base64",
       .raw = head() + "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n" +
              base64_lines("--b\n\ntext\n--b--\n"),
       .text = "text"},
      {.name = "multipart_in_quoted_printable",
       .raw =
           head() +
           "Content-Type: multipart/mixed; boundary=\"=b\"\nContent-Transfer-Encoding: quoted-printable\n\n"
           "--=3Db\n\ntext\n--=3Db--\n",
       .text = "text"},
      {.name = "multipart_of_no_parts", .raw = multipart("mixed", "--b--\n")},
      {.name = "content_type_repeated",
       .raw = head() + "Content-Type: text/html\nContent-Type: text/plain\n\n<p>rich\n",
       .text = "rich"},
      {.name = "content_type_nonsense", .raw = head() + "Content-Type: ;;;\n\nwords\n", .text = "words"},
      {.name = "content_type_without_semicolon",
       .raw = head() + "Content-Type: text/plain charset=koi8-r\n\n\xF0\xD2\xC9\xD7\xC5\xD4\n",
       .text = "Привет"},
      {.name = "content_type_with_comments",
       .raw = head() + "Content-Type: (a) text (b) / (c) html (d); charset=utf-8\n\n<p>rich\n",
       .text = "rich"},
      {.name = "base64_with_junk",
       .raw = head() + "Content-Transfer-Encoding: base64\n\n" + base64(repeated("words ", 30)) +
              "\n*!*\nYW5k\nIG1v\ncmU=\n",
       .text = repeated("words ", 30) + "and more"},
      {.name = "base64_with_footer",
       .raw = head() + "Content-Transfer-Encoding: base64\n\n" +
              base64_lines(repeated("words ", 30) + "end") +
              "\n_____________\nList footer, added by the list\n",
       .text = repeated("words ", 30) + "end"},
      {.name = "base64_padding_in_the_middle",
       .raw = head() + "Content-Transfer-Encoding: base64\n\nSGVsbG8=\nIHdvcmxk\n",
       .text = "Hello world"},
      {.name = "base64_that_is_plain_text",
       .raw = head() + "Content-Transfer-Encoding: base64\n\nHello, this was never encoded at all!\n",
       .text = "Hello, this was never encoded at all!"},
      {.name = "quoted_printable_broken",
       .raw = head() + "Content-Transfer-Encoding: quoted-printable\n\na=ZZ =41=\nb=\n",
       .text = "a=ZZ Ab"},
      {.name = "transfer_encoding_quoted",
       .raw = head() + "Content-Transfer-Encoding: \"base64\";\n\nd29yZHM=\n",
       .text = "words"},
      {.name = "transfer_encoding_unknown",
       .raw = head() + "Content-Transfer-Encoding: 9bit\n\nwords\n",
       .text = "words"},
      {.name = "nuls_in_body", .raw = head() + "\na" + nul + "b\n", .text = "a\uFFFDb"},
      {.name = "nuls_in_file",
       .raw = multipart(
           "mixed", "--b\n\ntext\n--b\nContent-Type: application/pdf; name=a.pdf\n\na" + nul + "b\n--b--\n"),
       .text = "text",
       .files = {{"a.pdf", "application/pdf", "a" + nul + "b"}}},
      {.name = "carriage_returns_alone",
       .raw = "From: Ann <ann@example.test>\rTo: Bob <bob@example.test>\rSubject: Report\rDate: Tue, 24 Nov "
              "2026 "
              "13:05:06 +0000\r\rone\rtwo\r",
       .text = "one\ntwo",
       .line_ends = LineEnds::as_written},
      {.name = "mailbox_line_in_front",
       .raw = "From ann Tue Nov 24 13:05:06 2026\n" + head() + "\ntext\n",
       .text = "text"},
      {.name = "byte_order_mark_in_front", .raw = "\xEF\xBB\xBF" + head() + "\ntext\n", .text = "text"},
      {.name = "blank_lines_in_front", .raw = "\n\n" + head() + "\ntext\n", .text = "text"},
      {.name = "blank_before_colon",
       .raw = "From : Ann <ann@example.test>\nTo\t: Bob <bob@example.test>\nSubject : Report\nDate : Tue, 24 "
              "Nov 2026 "
              "13:05:06 +0000\n\ntext\n",
       .text = "text"},
      {.name = "line_that_is_no_header", .raw = "this is no header\n" + head() + "\ntext\n", .text = "text"},
      {.name = "blank_line_missing_before_the_body",
       .raw = head() + "And then the text began.\nWithout a gap.\n",
       .text = "And then the text began.\nWithout a gap."},
      {.name = "header_lines_too_long",
       .raw = head() + "X-Long: " + std::string(5000, 'x') + "\n\n" + std::string(5000, 'y') + "\n",
       .text = std::string(5000, 'y')},
      {.name = "nested_message_in_base64",
       .raw = multipart("mixed", "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" +
                                     base64_lines("Subject: inner\n\nbody\n") + "--b--\n"),
       .files = {{"inner.eml", "message/rfc822", "Subject: inner\n\nbody\n"}}},
  };
}

std::vector<Message> shown() {
  return {
      {.name = "html_charset_only_in_meta",
       .raw = head() + "Content-Type: text/html\n\n<meta charset=windows-1251><p>\xCF\xF0\xE8\xE2\xE5\xF2\n",
       .text = "Привет"},
      {.name = "html_hidden_preheader",
       .raw = html("<div style=\"display:none;max-height:0\">Preheader</div><p>Visible</p>\n"),
       .text = "Visible"},
      {.name = "html_script_and_style",
       .raw = html("<style>p{}</style><script>alert('x<p>')</script><title>t</title><p>Visible\n"),
       .text = "Visible"},
      {.name = "html_comment_of_word",
       .raw = html("<!--[if mso]><p>Outlook<![endif]--><p>Visible\n"),
       .text = "Visible"},
      {.name = "html_references",
       .raw = html("<p>&eacute; &#233; &#xE9; &amp;amp; &unknown; 5 < 6\n"),
       .text = "é é é &amp; &unknown; 5 < 6"},
      {.name = "html_list_and_table",
       .raw = html("<ul><li>one<li>two</ul><table><tr><td>a<td>b</table>\n"),
       .text = "- one\n- two\na\tb"},
      {.name = "html_zero_width", .raw = html("<p>a\u200Bb\u00ADc\uFEFFd\n"), .text = "abcd"},
      {.name = "html_truncated", .raw = html("<p>Visible <b>bold<a href=\"http://x"), .text = "Visible bold"},
      {.name = "html_white_on_white",
       .raw = html("<p>Visible<p style=\"color:#fff\">hidden\n"),
       .text = "Visible"},
  };
}

}  // namespace

std::vector<Message> structure_messages() {
  std::vector<Message> messages;
  for (const auto& table : {well_formed(), broken(), shown()})
    messages.insert(messages.end(), table.begin(), table.end());
  return messages;
}

}  // namespace hermod::mime::corpus
