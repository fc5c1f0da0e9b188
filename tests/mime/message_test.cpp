// Whole messages: every member of the model from bytes as they come from a server.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include <core/mime/message.hpp>
#include <tests/mime/named_cases.hpp>

namespace hermod::mime {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

ParseLimits limits_at_test_time() {
  ParseLimits limits;
  limits.now = 1'795'525'506;  // 24 Nov 2026
  return limits;
}
ParsedMessage parse(std::string_view raw) { return parse_message(raw, limits_at_test_time()); }

// The regular case in full: if this is wrong, nothing else matters.
TEST(Message, regular_message_fills_every_member) {
  const ParsedMessage message = parse(
      "Received: from a by b; Tue, 24 Nov 2026 13:05:06 +0000\r\n"
      "From: =?utf-8?Q?J=C3=B6rg?= <j@example.org>\r\n"
      "Sender: Office <office@example.org>\r\n"
      "Reply-To: help@example.org\r\n"
      "To: Ann <ann@example.com>,\r\n bob@example.com\r\n"
      "Cc: team: c@example.com, d@example.com;\r\n"
      "Bcc: e@example.com\r\n"
      "Subject: =?utf-8?B?R3LDvMOfZQ==?= from\r\n me\r\n"
      "Date: Tue, 24 Nov 2026 14:05:06 +0100\r\n"
      "Message-ID: <id1@example.org>\r\n"
      "In-Reply-To: <id0@example.org>\r\n"
      "References: <idA@example.org>\r\n\t<id0@example.org>\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\n"
      "\r\n"
      "Hello\r\nWorld\r\n");
  EXPECT_EQ(message.subject,
            "Gr\u00FC\u00DF"
            "e from me");
  EXPECT_THAT(message.from, ElementsAre(EmailAddress{"J\u00F6rg", "j@example.org"}));
  EXPECT_THAT(message.sender, ElementsAre(EmailAddress{"Office", "office@example.org"}));
  EXPECT_THAT(message.reply_to, ElementsAre(EmailAddress{"", "help@example.org"}));
  EXPECT_THAT(message.to,
              ElementsAre(EmailAddress{"Ann", "ann@example.com"}, EmailAddress{"", "bob@example.com"}));
  EXPECT_THAT(message.cc, ElementsAre(EmailAddress{"", "c@example.com"}, EmailAddress{"", "d@example.com"}));
  EXPECT_THAT(message.bcc, ElementsAre(EmailAddress{"", "e@example.com"}));
  EXPECT_EQ(message.date, 1'795'525'506);
  EXPECT_EQ(message.message_id, "id1@example.org");
  EXPECT_THAT(message.in_reply_to, ElementsAre("id0@example.org"));
  EXPECT_THAT(message.references, ElementsAre("idA@example.org", "id0@example.org"));
  EXPECT_EQ(message.headers.size(), 14U);
  EXPECT_EQ(message.body_html, "<div>Hello<br>\nWorld<br>\n</div>");
  EXPECT_EQ(message.body_text, "Hello\nWorld");
  EXPECT_EQ(message.snippet, "Hello World");
  EXPECT_TRUE(message.has_plain);
  EXPECT_FALSE(message.has_html);
  EXPECT_THAT(message.attachments, IsEmpty());
  EXPECT_FALSE(message.decode_error);
  EXPECT_THAT(message.diagnostics, IsEmpty());
}

struct BytesCase : NamedCase {
  std::string raw;
  const char* subject;
  const char* text;
  const char* snippet;
};

std::string html_message(const std::string& parameters, const std::string& html) {
  return "Subject: s\r\nContent-Type: text/html" + parameters + "\r\n\r\n" + html;
}

const BytesCase cases[] = {
    {{"empty"}, "", "", "", ""},
    {{"blank_lines_only"}, "\r\n\r\n", "", "", ""},
    {{"headers_only"}, "Subject: s", "s", "", ""},
    {{"body_only"},
     "Just some text\n\nand more",
     "",
     "Just some text\n\nand more",
     "Just some text and more"},
    {{"newlines_only"}, "Subject: s\n\nx\ny\n", "s", "x\ny", "x y"},
    {{"mixed_line_ends"}, "Subject: s\r\nX: y\n\r\nx\ny\r\n", "s", "x\ny", "x y"},
    {{"carriage_returns_only"}, "Subject: s\rX: y\r\rx\ry\r", "s", "x\ny", "x y"},
    {{"doubled_carriage_returns"}, "Subject: s\r\r\nX: y\r\r\n\r\r\nx\r\r\ny\r\r\n", "s", "x\ny", "x y"},
    {{"byte_order_mark"}, "\xEF\xBB\xBFSubject: s\n\nx", "s", "x", "x"},
    {{"leading_blank_line"}, "\r\nSubject: s\r\n\r\nx", "s", "x", "x"},
    {{"mailbox_from_line"}, "From a@x Tue Nov 24 13:05:06 2026\nSubject: s\n\nx", "s", "x", "x"},
    {{"quoted_from_line"}, ">From a@x Tue Nov 24 13:05:06 2026\nSubject: s\n\nx", "s", "x", "x"},
    {{"blank_before_colon"}, "Subject : s\n\nx", "s", "x", "x"},
    {{"invalid_line_between_headers"}, "X: y\nnot a header\nSubject: s\n\nx", "s", "x", "x"},
    {{"no_blank_line_before_the_body"},
     "Subject: s\nHello there, you\nall\n",
     "s",
     "Hello there, you\nall",
     "Hello there, you all"},
    {{"first_subject_counts"}, "Subject: s\nSubject: t\n\nx", "s", "x", "x"},
    {{"raw_8bit_subject"}, "Subject: caf\xE9\n\nx", "caf\u00E9", "x", "x"},
    {{"nul_in_subject_and_body"},
     std::string("Subject: a\0b\n\nc\0d", 17),
     "a b",
     "c\uFFFD"
     "d",
     "c\uFFFD"
     "d"},
    {{"latin1_body_without_label"}, "Subject: s\n\ncaf\xE9", "s", "caf\u00E9", "caf\u00E9"},
    {{"charset_label_without_semicolon"},
     html_message(" charset=windows-1251", "<p>\xCF\xF0\xE8"),
     "s",
     "\u041F\u0440\u0438",
     "\u041F\u0440\u0438"},
    {{"second_charset_label_fits"},
     html_message("; charset=utf-8; charset=koi8-r", "\xF0\xD2\xC9"),
     "s",
     "\u041F\u0440\u0438",
     "\u041F\u0440\u0438"},
    {{"charset_of_meta"},
     html_message("", "<meta charset=windows-1251><p>\xCF\xF0\xE8"),
     "s",
     "\u041F\u0440\u0438",
     "\u041F\u0440\u0438"},
    {{"label_before_meta"},
     html_message("; charset=koi8-r", "<meta charset=utf-8><p>\xF0\xD2\xC9"),
     "s",
     "\u041F\u0440\u0438",
     "\u041F\u0440\u0438"},
    {{"html_with_quote"},
     html_message("", "Yes<div class=\"x_quote\">On Monday:<p>No"),
     "s",
     "Yes\nOn Monday:\nNo",
     "Yes"},
    {{"content_type_nonsense_is_sniffed"}, "Subject: s\nContent-Type: /\n\n<html><p>x", "s", "x", "x"},
    {{"content_type_text_is_plain"}, "Subject: s\nContent-Type: text\n\na <b> c", "s", "a <b> c", "a <b> c"},
    {{"first_valid_content_type_counts"},
     "Content-Type: x\nContent-Type: text/html\nSubject: s\n\n<p>x",
     "s",
     "x",
     "x"},
    {{"flowed"}, "Subject: s\nContent-Type: text/plain; format=flowed; delsp=yes\n\na \nb", "s", "ab", "ab"},
    {{"base64_body"},
     "Subject: s\nContent-Transfer-Encoding: base64\n\nY2Fmw6k=",
     "s",
     "caf\u00E9",
     "caf\u00E9"},
    {{"quoted_printable_body"},
     "Subject: s\nContent-Transfer-Encoding: quoted-printable\n\ncaf=C3=A9=\n!",
     "s",
     "caf\u00E9!",
     "caf\u00E9!"},
};

TEST(MessageBytes, are_read_as_meant) {
  for (const BytesCase& row : cases) {
    SCOPED_TRACE(row.name);
    const ParsedMessage message = parse(row.raw);
    EXPECT_EQ(message.subject, row.subject);
    EXPECT_EQ(message.body_text, row.text);
    EXPECT_EQ(message.snippet, row.snippet);
  }
}

// A mailer that repeats a header must not hide the good one behind the bad one.
TEST(Message, first_valid_date_counts) {
  EXPECT_EQ(parse("Date: nonsense\nDate: 24 Nov 2026 13:05:06 +0000\n\n").date, 1'795'525'506);
}

// Spam dates itself into the future to stay on top of the list.
TEST(Message, date_of_next_week_is_not_believed) {
  const ParsedMessage message = parse("Date: 1 Dec 2026 13:05:06 +0000\n\n");
  EXPECT_EQ(message.date, std::nullopt);
  EXPECT_THAT(message.diagnostics, Contains("date_invalid"));
}

TEST(Message, date_before_1970_is_not_believed) {
  EXPECT_EQ(parse("Date: 1 Jan 1900 00:00:00 +0000\n\n").date, std::nullopt);
}

// RFC 5322 allows one To, but lists and gateways add theirs.
TEST(Message, repeated_to_headers_are_merged) {
  EXPECT_THAT(parse("To: a@x\nTo: b@x\n\n").to,
              ElementsAre(EmailAddress{"", "a@x"}, EmailAddress{"", "b@x"}));
}

TEST(Message, missing_from_is_taken_from_sender_then_return_path) {
  EXPECT_THAT(parse("Sender: s@x\nReturn-Path: <r@x>\n\n").from, ElementsAre(EmailAddress{"", "s@x"}));
  EXPECT_THAT(parse("Return-Path: <r@x>\n\n").from, ElementsAre(EmailAddress{"", "r@x"}));
}

// Threads are built from these ids: one lost bracket must not lose the thread.
TEST(Message, message_ids_are_read_in_broken_forms) {
  EXPECT_EQ(parse("Message-ID: a@x\n\n").message_id, "a@x");
  EXPECT_EQ(parse("Message-ID: <c d@x>\n\n").message_id, "c d@x");
  EXPECT_EQ(parse("Message-ID: <>\n\n").message_id, "");
  EXPECT_EQ(parse("Message-ID: =?utf-8?Q?=3Ca=40x=3E?=\n\n").message_id, "a@x");
  EXPECT_THAT(parse("References: a@x b@x\n\n").references, ElementsAre("a@x", "b@x"));
  EXPECT_THAT(parse("References: <a@x><b@x>,<c@x\n\n").references, ElementsAre("a@x", "b@x"));
  EXPECT_THAT(parse("In-Reply-To: Your message of Monday <a@x>\n\n").in_reply_to, ElementsAre("a@x"));
}

TEST(Message, of_many_references_the_first_and_last_are_kept) {
  ParseLimits limits;
  limits.references = 4;
  const auto message = parse_message("References: <1@x> <2@x> <3@x> <4@x> <5@x> <6@x>\n\n", limits);
  EXPECT_THAT(message.references, ElementsAre("1@x", "2@x", "5@x", "6@x"));
}

// The API serves HTML as UTF-8; a stale label would garble it in a browser.
TEST(Message, html_charset_label_is_rewritten) {
  EXPECT_EQ(parse(html_message("", "<meta charset=\"windows-1251\"><p>\xCF</p>")).body_html,
            "<meta charset=\"utf-8\"><p>\u041F</p>");
}

TEST(Message, broken_bytes_are_flagged) {
  const ParsedMessage message = parse("Content-Type: text/plain; charset=utf-8\n\n\u00E9\u00E8\u00EA\xFFz");
  EXPECT_TRUE(message.decode_error);
  EXPECT_EQ(message.body_text, "\u00E9\u00E8\u00EA\uFFFDz");
  EXPECT_THAT(message.diagnostics, ElementsAre("charset_replaced"));
}

// Accounts are synced in parallel, and the libraries below have global tables.
TEST(Message, many_threads_read_the_same) {
  const std::string raw =
      "From: =?iso-2022-jp?B?GyRCRnxLXBsoQg==?= <a@x>\nContent-Type: multipart/alternative; boundary=b\n\n"
      "--b\nContent-Type: text/plain; charset=koi8-r\n\n\xF0\xD2\xC9\n"
      "--b\nContent-Type: text/html; charset=x-unheard-of\n\n<p>caf\xE9&eacute;\n--b--";
  std::atomic<int> differing = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        const ParsedMessage message = parse(raw);
        differing += message.from.at(0).name != "\u65E5\u672C" || message.body_text != "caf\u00E9\u00E9";
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(differing, 0);
}

}  // namespace
}  // namespace hermod::mime
