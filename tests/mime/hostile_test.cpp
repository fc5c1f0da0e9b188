// Messages made to exhaust the parser. Each is large enough that quadratic time or recursion by input would
// not end within the test's timeout or would overflow the stack.
#include <gmock/gmock.h>

#include <core/mime/message.hpp>
#include <core/mime/utf8.hpp>
#include <tests/mime/named_cases.hpp>

namespace hermod::mime {
namespace {

using testing::Contains;

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all.append(text);
  return all;
}

struct HostileCase : NamedCase {
  std::string (*raw)();
};

class HostileMessage : public testing::TestWithParam<HostileCase> {};

TEST_P(HostileMessage, is_survived) {
  const ParsedMessage message = parse_message("Subject: s\n" + GetParam().raw());
  EXPECT_EQ(message.subject, "s");
  for (const std::string* text : {&message.body_html, &message.body_text, &message.snippet}) {
    EXPECT_TRUE(is_utf8(*text));
    EXPECT_EQ(text->find('\0'), std::string::npos);
  }
}

std::string field(std::string_view name, std::string_view part) {
  return std::string(name) + ": " + repeated(part, 250'000 / part.size()) + "\n\nx";
}
std::string html(const std::string& body) { return "Content-Type: text/html\n\n" + body; }

const HostileCase cases[] = {
    {{"address_groups"}, [] { return field("To", "g:"); }},
    {{"address_groups_closed"}, [] { return field("To", "g:") + ";"; }},
    {{"address_groups_in_nested_message"},
     [] {
       return "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n" +
              field("To", "g:") + "\n--b\nContent-Type: (c;c)\n message (c)/rfc822\n\n" +
              field("From", "g:") + "\n--b--";
     }},
    {{"address_groups_in_digest"},
     [] {
       return "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart / (x) digest; "
              "boundary=c\n\n--c\n\n" +
              field("To", "g:") + "\n--c--\n--b--";
     }},
    {{"address_comments"}, [] { return field("To", "("); }},
    {{"address_comments_some_closed"}, [] { return field("To", "(()"); }},
    {{"address_brackets"}, [] { return field("To", "<"); }},
    {{"address_brackets_and_commas"}, [] { return field("To", "<a,"); }},
    {{"address_quotes"}, [] { return field("To", "\"a@>,"); }},
    {{"address_ats"}, [] { return field("To", "@ "); }},
    {{"encoded_words_without_end"}, [] { return field("X", "=?a?q?x"); }},
    {{"encoded_word_starts"}, [] { return field("X", "=?"); }},
    {{"encoded_words"}, [] { return field("X", "=?utf-8?B?YQ==?= "); }},
    {{"message_id_brackets"}, [] { return field("References", "<a@b> <"); }},
    {{"parameters"}, [] { return field("Content-Type", "text/plain; a=b"); }},
    {{"parameter_comments"}, [] { return field("Content-Type", "text/plain; a=(("); }},
    {{"continuations"}, [] { return field("Content-Disposition", "a; filename*0=b; filename*1=c; "); }},
    {{"invalid_header_lines"}, [] { return repeated("no header here\n", 200'000) + "\nx"; }},
    {{"headers"}, [] { return repeated("A: b\n", 400'000) + "\nx"; }},
    {{"one_long_header"}, [] { return "A: " + std::string(20'000'000, 'b') + "\n\nx"; }},
    {{"folds"}, [] { return "A: b" + repeated("\n ", 500'000) + "\n\nx"; }},
    {{"parts"},
     [] { return "Content-Type: multipart/mixed; boundary=b\n\n" + repeated("--b\n\nx\n", 49'000); }},
    {{"delimiter_lines"},
     [] { return "Content-Type: multipart/mixed; boundary=b\n\n" + repeated("--b\n", 1'000'000); }},
    {{"nested_multiparts"},
     [] {
       std::string raw = "Content-Type: multipart/mixed; boundary=b0\n\n";
       for (int i = 0; i < 5000; ++i) {
         const std::string next = std::to_string(i + 1);
         raw += "--b" + std::to_string(i) + "\nContent-Type: multipart/mixed; boundary=b" + next + "\n\n";
       }
       return raw + "--b5000\n\nx";
     }},
    {{"nested_multiparts_with_wrong_boundaries"},
     [] {
       std::string raw = "Content-Type: multipart/mixed\n\n";
       for (int i = 0; i < 500; ++i)
         raw += "--c" + std::to_string(i) + "\nContent-Type: multipart/mixed; boundary=z\n\n";
       return raw;
     }},
    {{"html_elements"}, [] { return html(repeated("<div>", 1'000'000) + repeated("</p>", 1'000'000)); }},
    {{"html_attributes"},
     [] {
       std::string tag = "<p ";
       for (int i = 0; i < 500'000; ++i) tag += "a" + std::to_string(i) + " ";
       return html(tag + ">x</p>");
     }},
    {{"html_comments_without_end"}, [] { return html(repeated("<!--", 1'000'000)); }},
    {{"html_quotes_without_end"},
     [] { return html(repeated("<a b=\"", 500'001) + repeated("<a b='", 500'001)); }},
    {{"html_raw_text_without_end"}, [] { return html(repeated("<title></", 500'000)); }},
    {{"html_tag_starts"}, [] { return html(repeated("<", 5'000'000)); }},
    {{"html_references"}, [] { return html(repeated("&a", 2'000'000)); }},
    {{"html_urls"}, [] { return html(repeated("cid:", 1'000'000)); }},
    {{"blank_lines"}, [] { return "\n" + repeated("a:\n\n\n\n", 1'000'000); }},
    {{"quoted_lines"},
     [] { return "Content-Type: text/plain; format=flowed\n\n" + std::string(5'000'000, '>'); }},
    {{"flowing_lines"},
     [] { return "Content-Type: text/plain; format=flowed\n\n" + repeated("a \n", 2'000'000); }},
    {{"one_grapheme"}, [] { return "\na" + repeated("\u0301", 1'000'000); }},
    {{"broken_utf8"}, [] { return "\n" + std::string(5'000'000, '\xC3'); }},
    {{"escape_sequences"}, [] { return "\n" + repeated("\x1B$B", 1'000'000); }},
    {{"nuls"}, [] { return "\n" + std::string(5'000'000, '\0'); }},
    {{"carriage_returns"}, [] { return "\n" + std::string(5'000'000, '\r'); }},
};
INSTANTIATE_TEST_SUITE_P(all, HostileMessage, testing::ValuesIn(cases), row_name);

// Limits must cut, not fail: what comes before them is still there, and the user is told.
TEST(Limits, too_many_parts_are_left_out_and_flagged) {
  ParseLimits limits;
  limits.parts = 2;
  const auto message = parse_message(
      "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n1\n--b\n\n2\n--b\n\n3\n--b--", limits);
  EXPECT_EQ(message.body_text, "1\n\n2");
  EXPECT_TRUE(message.decode_error);
  EXPECT_THAT(message.diagnostics, Contains("part_limit"));
}

TEST(Limits, too_many_headers_are_left_out_and_flagged) {
  ParseLimits limits;
  limits.headers = 2;
  const auto message = parse_message("A: 1\nB: 2\nC: 3\n\nbody", limits);
  EXPECT_EQ(message.headers.size(), 2U);
  EXPECT_EQ(message.body_text, "body");
  EXPECT_THAT(message.diagnostics, Contains("header_limit"));
}

TEST(Limits, long_header_is_left_out_and_the_next_one_read) {
  ParseLimits limits;
  limits.header_bytes = 20;
  const auto message = parse_message("A: " + std::string(100, 'x') + "\nSubject: s\n\nbody", limits);
  EXPECT_EQ(message.subject, "s");
  EXPECT_TRUE(message.decode_error);
}

TEST(Limits, long_text_is_cut_and_flagged) {
  ParseLimits limits;
  limits.decoded_text_bytes = 4;
  const auto message = parse_message("Subject: s\n\nabcdefgh", limits);
  EXPECT_EQ(message.body_text, "abcd");
  EXPECT_THAT(message.diagnostics, Contains("text_limit"));
}

TEST(Limits, text_as_long_as_allowed_is_not_flagged) {
  ParseLimits limits;
  limits.decoded_text_bytes = 4;
  EXPECT_FALSE(parse_message("Subject: s\n\nabcd", limits).decode_error);
}

TEST(Limits, long_message_is_cut_and_flagged) {
  ParseLimits limits;
  limits.message_bytes = 16;
  const auto message = parse_message("Subject: s\n\nabcdefgh", limits);
  EXPECT_EQ(message.body_text, "abcd");
  EXPECT_THAT(message.diagnostics, Contains("message_limit"));
}

TEST(Limits, more_recipients_than_allowed_are_cut_and_flagged) {
  ParseLimits limits;
  limits.recipients = 1;
  const auto message = parse_message("To: a@x, b@x\n\n", limits);
  EXPECT_EQ(message.to.size(), 1U);
  EXPECT_THAT(message.diagnostics, Contains("recipient_limit"));
}

}  // namespace
}  // namespace hermod::mime
