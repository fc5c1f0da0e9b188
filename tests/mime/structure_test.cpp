// Multiparts, whole and broken: which text is shown. What a sender's software forgot must not hide the
// message.
#include <gmock/gmock.h>

#include <core/mime/message.hpp>
#include <tests/mime/named_cases.hpp>

namespace hermod::mime {
namespace {

using testing::Contains;
using testing::IsEmpty;

struct StructureCase : NamedCase {
  const char* type;  // the value of Content-Type, and further headers
  const char* body;
  const char* text;
  std::size_t attachments = 0;
};

const StructureCase cases[] = {
    {{"mixed_texts_in_order"},
     "multipart/mixed; boundary=b",
     "--b\n\none\n--b\n\ntwo\n--b--\n",
     "one\n\ntwo"},
    {{"preamble_and_epilogue_ignored"},
     "multipart/mixed; boundary=b",
     "pre\n--b\n\none\n--b--\nepi\n",
     "one"},
    {{"alternative_prefers_html"},
     "multipart/alternative; boundary=b",
     "--b\n\nplain\n--b\nContent-Type: text/html\n\n<p>html\n--b--",
     "html"},
    {{"alternative_html_first"},
     "multipart/alternative; boundary=b",
     "--b\nContent-Type: text/html\n\n<p>html\n--b\n\nplain\n--b--",
     "html"},
    {{"alternative_without_words_falls_back"},
     "multipart/alternative; boundary=b",
     "--b\n\nplain\n--b\nContent-Type: text/html\n\n<p><img src=x></p>\n--b--",
     "plain"},
    {{"alternative_amp_ignored"},
     "multipart/alternative; boundary=b",
     "--b\n\nplain\n--b\nContent-Type: text/x-amp-html\n\n<p>amp\n--b--",
     "plain"},
    {{"alternative_calendar_is_attachment"},
     "multipart/alternative; boundary=b",
     "--b\n\nplain\n--b\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n--b--",
     "plain",
     1},
    {{"related_root_is_shown"},
     "multipart/related; boundary=b",
     "--b\nContent-Type: text/html\n\n<p>html\n--b\nContent-Type: image/png\n\nx\n--b--",
     "html",
     1},
    {{"related_start_is_shown"},
     "multipart/related; boundary=b; start=\"<r@x>\"",
     "--b\nContent-Type: image/png\n\nx\n--b\nContent-Type: text/html\nContent-ID: <r@x>\n\n<p>html\n--b--",
     "html",
     1},
    {{"alternative_in_mixed"},
     "multipart/mixed; boundary=b",
     "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nplain\n--c\nContent-Type: "
     "text/html\n\n<p>html\n"
     "--c--\n--b\nContent-Type: text/plain\n\nfooter\n--b--",
     "html\n\nfooter"},
    {{"related_in_alternative"},
     "multipart/alternative; boundary=b",
     "--b\n\nplain\n--b\nContent-Type: multipart/related; boundary=c\n\n--c\nContent-Type: "
     "text/html\n\n<p>html\n"
     "--c\nContent-Type: image/png\n\nx\n--c--\n--b--",
     "html",
     1},
    {{"signed_content_is_shown"},
     "multipart/signed; boundary=b",
     "--b\n\ntext\n--b\nContent-Type: application/pgp-signature\n\nx\n--b--",
     "text",
     1},
    {{"digest_parts_are_messages"},
     "multipart/digest; boundary=b",
     "--b\n\nSubject: a\n\nx\n--b\n\nSubject: b\n\ny\n--b--",
     "",
     2},
    {{"nested_message_is_not_shown"},
     "multipart/mixed; boundary=b",
     "--b\n\ntext\n--b\nContent-Type: message/rfc822\n\nSubject: a\n\nx\n--b--",
     "text",
     1},
    {{"no_closing_boundary"}, "multipart/mixed; boundary=b", "--b\n\none\n--b\n\ntwo", "one\n\ntwo"},
    {{"inner_multipart_not_closed"},
     "multipart/mixed; boundary=b",
     "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nplain\n--b\n\nfooter\n--b--",
     "plain\n\nfooter"},
    {{"boundary_that_starts_with_another"},
     "multipart/mixed; boundary=b",
     "--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\none\n--bb--\n--b\n\ntwo\n--b--",
     "one\n\ntwo"},
    {{"blanks_behind_delimiter"}, "multipart/mixed; boundary=b", "--b  \n\none\n--b--  ", "one"},
    {{"boundary_parameter_ends_in_blank"}, "multipart/mixed; boundary=\"b \"", "--b\n\none\n--b--", "one"},
    {{"boundary_wrong"},
     "multipart/mixed; boundary=a",
     "--b\nContent-Type: text/plain\n\none\n--b\nContent-Type: text/plain\n\ntwo\n--b--",
     "one\n\ntwo"},
    {{"boundary_missing"}, "multipart/mixed", "--b\nContent-Type: text/html\n\n<p>one\n--b--", "one"},
    {{"boundary_wrong_inside"},
     "multipart/mixed; boundary=b",
     "--b\nContent-Type: multipart/alternative; boundary=c\n\n--d\nContent-Type: "
     "text/html\n\n<p>one\n--d--\n--b--",
     "one"},
    {{"boundary_missing_and_not_found"}, "multipart/mixed", "just text", "just text"},
    {{"multipart_in_base64"},
     "multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64",
     "LS1iCgpvbmUKLS1iCgp0d28KLS1iLS0K",
     "one\n\ntwo"},
    {{"base64_label_on_a_plain_multipart"},
     "multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64",
     "--b\n\none, two\n--b--",
     "one, two"},
    {{"part_without_blank_line"},
     "multipart/mixed; boundary=b",
     "--b\nthis is text, not a header\nmore\n--b\n\ntwo\n--b--",
     "this is text, not a header\nmore\n\ntwo"},
    {{"part_without_blank_line_behind_header"},
     "multipart/mixed; boundary=b",
     "--b\nContent-Type: text/plain\nthis is text\n\nmore\n--b--",
     "this is text\n\nmore"},
    {{"only_part_without_blank_line"}, "multipart/mixed; boundary=b", "--b\nsome text\n--b--", "some text"},
    {{"short_part_without_blank_line"},
     "multipart/mixed; boundary=b",
     "--b\nContent-Type: text/plain\nsome text\n--b\n\ntwo\n--b--",
     "some text\n\ntwo"},
    {{"text_that_looks_like_a_header"},
     "multipart/mixed; boundary=b",
     "--b\n\nNote: this\n\nx\n--b--",
     "Note: this\n\nx"},
    {{"same_boundary_nested"},
     "multipart/mixed; boundary=b",
     "--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n--b\n\ntwo\n--b--",
     "one\n\ntwo"},
    {{"text_with_name_is_a_file"},
     "multipart/mixed; boundary=b",
     "--b\n\none\n--b\nContent-Type: text/plain; name=a.txt\n\ntwo\n--b--",
     "one",
     1},
    {{"only_text_with_name_is_shown"}, "text/plain; name=a.txt", "one", "one"},
    {{"attached_text_is_not_shown"}, "text/plain\nContent-Disposition: attachment", "one", "", 1},
    {{"other_text_types_are_files"},
     "multipart/mixed; boundary=b",
     "--b\n\none\n--b\nContent-Type: text/x-patch\n\n+two\n--b--",
     "one",
     1},
    {{"encrypted_shows_nothing"},
     "multipart/encrypted; boundary=b",
     "--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b\nContent-Type: "
     "application/octet-stream\n\nx\n--b--",
     "",
     2},
    {{"report_shows_its_text"},
     "multipart/report; report-type=delivery-status; boundary=b",
     "--b\n\nfailed\n--b\nContent-Type: message/delivery-status\n\nAction: failed\n--b\n"
     "Content-Type: text/rfc822-headers\n\nSubject: a\n--b--",
     "failed",
     2},
    {{"not_a_multipart"}, "application/pdf", "x", "", 1},
    {{"empty_multipart"}, "multipart/mixed; boundary=b", "--b--", ""},
};

TEST(Multipart, shows_its_text) {
  for (const StructureCase& row : cases) {
    SCOPED_TRACE(row.name);
    for (const std::string_view line_end : {"\n", "\r\n"}) {
      std::string raw;
      for (const char c : "Content-Type: " + std::string(row.type) + "\n\n" + row.body)
        c == '\n' ? raw.append(line_end) : raw.append(1, c);
      const ParsedMessage message = parse_message(raw);
      EXPECT_EQ(message.body_text, row.text);
      EXPECT_EQ(message.attachments.size(), row.attachments);
    }
  }
}

std::string lines(std::size_t bytes, const std::string& line_end) {
  const std::string line = std::string(70, 'x') + line_end;
  std::string text;
  while (text.size() + line.size() < bytes) text += line;
  return text.append(bytes - text.size(), 'y');
}

std::string part_of(const std::string& raw, const std::string& path) {
  std::string bytes;
  const auto extracted = extract_attachment(raw, path, [&](std::string_view chunk) {
    bytes += chunk;
    return true;
  });
  EXPECT_TRUE(extracted) << path;
  return bytes;
}

// The middle of a long leaf is not looked at: every leaf must still begin and end where it does.
TEST(Multipart, long_leaves_are_whole) {
  constexpr std::size_t mebibyte = std::size_t{1} << 20;
  for (const std::string& line_end : {std::string("\n"), std::string("\r\n")}) {
    for (const std::size_t bytes : {mebibyte - 1, mebibyte, mebibyte + 100, 3 * mebibyte}) {
      for (const std::string& tail : {std::string("z"), line_end + line_end, std::string("--no delimiter")}) {
        SCOPED_TRACE(std::to_string(bytes));
        const std::string content = lines(bytes, line_end) + tail, header = "Content-Type: application/x" + line_end;
        std::string raw = "Content-Type: multipart/mixed; boundary=b" + line_end + line_end;
        const auto add = [&](const std::string& boundary, const std::string& head, const std::string& body) {
          raw += "--" + boundary + line_end + head + line_end + body + line_end;
        };
        add("b", "Content-Type: text/plain" + line_end, "one");
        add("b", header, content);
        add("b", "Content-Type: multipart/mixed; boundary=c" + line_end, "");
        add("c", header, content);
        add("c", header, "short");
        raw += "--c--" + line_end;
        add("b", header, content);
        const std::string open_end = raw;
        raw += "--b--" + line_end;
        const ParsedMessage message = parse_message(raw);
        EXPECT_EQ(message.body_text, "one");
        for (const char* path : {"2", "3.1", "4"}) EXPECT_TRUE(part_of(raw, path) == content) << path;
        EXPECT_EQ(part_of(raw, "3.2"), "short");
        EXPECT_TRUE(part_of(open_end, "4") == content + line_end) << "without the last delimiter";
      }
    }
  }
}

// What had to be guessed is told, but is no loss.
TEST(MultipartRepair, guessed_boundary_is_noted_only) {
  const auto message =
      parse_message("Content-Type: multipart/mixed\n\n--b\nContent-Type: text/plain\n\none\n--b--");
  EXPECT_THAT(message.diagnostics, Contains("boundary_guessed"));
  EXPECT_FALSE(message.decode_error);
}

TEST(MultipartRepair, undivided_multipart_is_flagged) {
  const auto message = parse_message("Content-Type: multipart/mixed\n\njust text");
  EXPECT_THAT(message.diagnostics, Contains("boundary_missing"));
  EXPECT_TRUE(message.decode_error);
}

TEST(MultipartRepair, regular_multipart_has_no_diagnostics) {
  const auto message = parse_message("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n");
  EXPECT_THAT(message.diagnostics, IsEmpty());
}

}  // namespace
}  // namespace hermod::mime
