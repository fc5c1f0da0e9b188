// Composed messages: what our own parser reads of them is what was asked for, and no value gets out of its
// place.
#include <gmock/gmock.h>

#include <core/mime/ascii.hpp>
#include <core/mime/compose.hpp>
#include <core/mime/utf8.hpp>
#include <tests/mime/named_cases.hpp>

namespace hermod::mime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

OutgoingMessage basic() {
  OutgoingMessage message;
  message.from = {{"Ann", "ann@example.test"}};
  message.to = {{"Bob", "bob@example.test"}};
  message.subject = "Subject";
  message.body = "<p>Hello</p>";
  message.message_id = "1@example.test";
  message.date = 1'795'525'506;  // Tue, 24 Nov 2026 13:05:06 +0000
  return message;
}

// What every composed message must be, whatever is in it (RFC 5321 §4.1.1.4, RFC 5322 §2.1.1).
void expect_clean(std::string_view raw) {
  EXPECT_TRUE(is_ascii(raw));
  EXPECT_FALSE(raw.contains('\0'));
  std::size_t start = 0;
  for (std::size_t end = raw.find('\n'); end != std::string_view::npos; end = raw.find('\n', start)) {
    ASSERT_GT(end, 0u);
    EXPECT_EQ(raw[end - 1], '\r') << "a bare LF at " << end;
    EXPECT_LE(end - start, 999u);
    EXPECT_EQ(raw.substr(start, end - start - 1).find('\r'), std::string_view::npos) << "a bare CR";
    start = end + 1;
  }
}

struct Composed {
  std::string raw;
  ParsedMessage parsed;
};
Composed composed(const OutgoingMessage& message) {
  auto raw = compose(message);
  EXPECT_TRUE(raw) << raw.error().message;
  Composed result{std::move(raw).value_or(""), {}};
  expect_clean(result.raw);
  ParseLimits limits;
  limits.now = 1'795'525'600;
  result.parsed = parse_message(result.raw, limits);
  EXPECT_FALSE(result.parsed.decode_error);
  return result;
}

// The regular case in full.
TEST(Compose, every_member_is_read_back) {
  OutgoingMessage message = basic();
  message.cc = {{"", "c@example.test"}};
  message.bcc = {{"Dora", "d@example.test"}};
  message.reply_to = {{"Help, Desk", "help@example.test"}};
  message.in_reply_to = "0@example.test";
  message.references = {"a@example.test", "0@example.test"};
  message.custom_headers = {{"X-Campaign", "autumn 2026"}};
  const ParsedMessage parsed = composed(message).parsed;
  EXPECT_EQ(parsed.from, message.from);
  EXPECT_EQ(parsed.to, message.to);
  EXPECT_EQ(parsed.cc, message.cc);
  EXPECT_EQ(parsed.bcc, message.bcc);
  EXPECT_EQ(parsed.reply_to, message.reply_to);
  EXPECT_EQ(parsed.subject, message.subject);
  EXPECT_EQ(parsed.message_id, message.message_id);
  EXPECT_EQ(parsed.date, message.date);
  EXPECT_THAT(parsed.in_reply_to, ElementsAre("0@example.test"));
  EXPECT_EQ(parsed.references, message.references);
  EXPECT_EQ(find_header(parsed.headers, "X-Campaign")->value, "autumn 2026");
  EXPECT_EQ(find_header(parsed.headers, "Date")->value, "Tue, 24 Nov 2026 13:05:06 +0000");
  EXPECT_EQ(parsed.body_html, message.body);
  EXPECT_EQ(parsed.body_text, "Hello");
  EXPECT_TRUE(parsed.has_html && parsed.has_plain);
  EXPECT_THAT(parsed.attachments, IsEmpty());
}

// A draft may have nothing but its beginning.
TEST(Compose, an_empty_message_is_one) {
  OutgoingMessage message;
  message.message_id = "1@example.test";
  const ParsedMessage parsed = composed(message).parsed;
  EXPECT_EQ(parsed.subject, "");
  EXPECT_THAT(parsed.to, IsEmpty());
}

TEST(Compose, plain_text_has_no_html) {
  OutgoingMessage message = basic();
  message.format = BodyFormat::plain;
  message.body = "1 < 2\n> quoted\nFrom here\n.\ntrailing blank \nend";
  const Composed made = composed(message);
  EXPECT_FALSE(made.parsed.has_html);
  EXPECT_EQ(made.parsed.body_text, "1 < 2\n> quoted\nFrom here\n.\ntrailing blank \nend");
  EXPECT_THAT(made.raw, Not(HasSubstr("multipart")));
}

struct TextCase {
  std::string name, text;
};
class ComposeText : public testing::TestWithParam<TextCase> {};

// Subjects, names and bodies that need encoding, folding or both come back as they were.
TEST_P(ComposeText, survives_everywhere) {
  OutgoingMessage message = basic();
  message.subject = GetParam().text;
  message.to = {
      {std::string(trimmed(utf8_prefix(GetParam().text, outgoing_name_bytes_max))), "bob@example.test"},
      {"", "next@example.test"}};
  message.custom_headers = {{"X-Text", GetParam().text}};
  message.body = "<p>" + GetParam().text + "</p>\r\n<p>" + GetParam().text + "</p>";
  const ParsedMessage parsed = composed(message).parsed;
  EXPECT_EQ(parsed.subject, GetParam().text);
  EXPECT_EQ(parsed.to, message.to);
  EXPECT_EQ(find_header(parsed.headers, "X-Text")->value, GetParam().text);
  EXPECT_EQ(parsed.body_html, message.body);
}

std::string repeated(std::string_view piece, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += piece;
  return text;
}

INSTANTIATE_TEST_SUITE_P(All, ComposeText,
                         testing::Values(TextCase{"latin", "Größe & Gewicht"},
                                         TextCase{"japanese", "会議の予定"},
                                         TextCase{"emoji", "🎉 party 👩‍👩‍👧‍👦"},
                                         TextCase{"quotes", R"(a "b" \c (d) <e>; f, g@h: i)"},
                                         TextCase{"looks_encoded", "=?utf-8?Q?=0D=0AX?="},

                                         TextCase{"long_words", repeated("word ", 150) + "end"},
                                         TextCase{"one_long_word", std::string(3000, 'x')},
                                         TextCase{"long_foreign", repeated("長い件名", 200)},
                                         TextCase{"mixed_long", repeated("Grüße und ein Wort ", 60) + "end"},
                                         TextCase{"mostly_ascii_line", std::string(1200, 'y') + " é"}),
                         [](const auto& info) { return info.param.name; });

// Whatever line ends the application writes, the wire has one.
TEST(Compose, line_ends_become_those_of_mail) {
  OutgoingMessage message = basic();
  message.body = "a\nb\r\nc\rd";
  EXPECT_EQ(composed(message).parsed.body_html, "a\r\nb\r\nc\r\nd");
}

TEST(Compose, domain_of_any_script_is_written_in_ascii) {
  OutgoingMessage message = basic();
  message.to = {{"", "info@bücher.example"}, {"", "x@例え.テスト"}};
  const Composed made = composed(message);
  EXPECT_THAT(made.raw, HasSubstr("<info@xn--bcher-kva.example>"));
  EXPECT_THAT(made.raw, HasSubstr("<x@xn--r8jz45g.xn--zckzah>"));
}

TEST(Compose, files_come_back_byte_for_byte) {
  OutgoingMessage message = basic();
  std::string every_byte;
  for (int i = 0; i < 1000; ++i) every_byte += static_cast<char>(i);
  message.files = {{.filename = "report.pdf", .content_type = "application/pdf", .content = every_byte},
                   {.filename = "Übersicht \"2026\".csv",
                    .content_type = "text/csv; charset=utf-8",
                    .content = "a;b\r\n\nx"},
                   {.filename = "", .content_type = "image/png", .content = "p"},
                   {.filename = "photo.JPG", .content_type = "", .content = ""}};
  const Composed made = composed(message);
  ASSERT_EQ(made.parsed.attachments.size(), 4u);
  EXPECT_EQ(made.parsed.body_html, message.body);
  for (std::size_t i = 0; i < 4; ++i) {
    std::string bytes;
    const Attachment& attachment = made.parsed.attachments[i];
    ASSERT_TRUE(extract_attachment(made.raw, attachment.part_path, [&](std::string_view chunk) {
      bytes += chunk;
      return true;
    }));
    EXPECT_EQ(bytes, message.files[i].content) << i;
    EXPECT_EQ(attachment.content_disposition, "attachment");
    EXPECT_FALSE(attachment.is_inline);
  }
  const auto& attachments = made.parsed.attachments;
  EXPECT_EQ(attachments[0].filename, "report.pdf");
  EXPECT_EQ(attachments[1].filename, "Übersicht \"2026\".csv");
  EXPECT_EQ(attachments[1].content_type, "text/csv");
  EXPECT_EQ(attachments[2].filename, "attachment-3.png");
  EXPECT_EQ(attachments[3].content_type, "image/jpeg");
}

// Multipart uploads lose is_inline: what the HTML names is inline without being told.
TEST(Compose, images_that_the_html_names_are_inline) {
  OutgoingMessage message = basic();
  message.body = R"(<img src="cid:logo@example.test"><img src="cid:b">)";
  message.files = {
      {.filename = "logo.png",
       .content_type = "image/png",
       .content_id = "logo@example.test",
       .content = "1"},
      {.filename = "b.png",
       .content_type = "image/png",
       .content_id = "b",
       .shown = Shown::inline_,
       .content = "2"},
      {.filename = "unnamed.png", .content_type = "image/png", .content_id = "c", .content = "3"},
      {.filename = "file.txt", .content_type = "text/plain", .content = "4"}};
  const Composed made = composed(message);
  ASSERT_EQ(made.parsed.attachments.size(), 4u);
  EXPECT_TRUE(made.parsed.attachments[0].is_inline);
  EXPECT_EQ(made.parsed.attachments[0].content_id, "logo@example.test");
  EXPECT_TRUE(made.parsed.attachments[1].is_inline);
  EXPECT_FALSE(made.parsed.attachments[2].is_inline);
  EXPECT_FALSE(made.parsed.attachments[3].is_inline);
  EXPECT_LT(made.raw.find("multipart/mixed"), made.raw.find("multipart/related"));
  EXPECT_LT(made.raw.find("multipart/related"), made.raw.find("multipart/alternative;"));
}

// RFC 2046 §5.2.1: a message is not encoded; one that would have to be goes as bytes.
TEST(Compose, attached_message_goes_as_it_is) {
  OutgoingMessage message = basic();
  message.files = {
      {.filename = "a.eml", .content_type = "message/rfc822", .content = "Subject: inner\r\n\r\nText\r\n"},
      {.filename = "b.eml",
       .content_type = "message/rfc822",
       .content = "Subject: gr\xC3\xBC\xC3\x9F\r\n\r\nx"},
      {.filename = "c", .content_type = "multipart/mixed; boundary=x", .content = "--x\r\n"}};
  const ParsedMessage parsed = composed(message).parsed;
  ASSERT_EQ(parsed.attachments.size(), 3u);
  EXPECT_EQ(parsed.attachments[0].content_type, "message/rfc822");
  EXPECT_EQ(parsed.attachments[1].content_type, "application/octet-stream");
  EXPECT_EQ(parsed.attachments[2].content_type, "application/octet-stream");
}

struct HostileCase {
  std::string name;
  void (*spoil)(OutgoingMessage&);
  std::string member;  // that the error names
};
class ComposeHostile : public testing::TestWithParam<HostileCase> {};

// A line break in a value would be a header of the attacker's choice.
TEST_P(ComposeHostile, is_refused_by_name) {
  OutgoingMessage message = basic();
  GetParam().spoil(message);
  const auto raw = compose(message);
  ASSERT_FALSE(raw);
  EXPECT_EQ(raw.error().kind, ErrorKind::invalid_argument);
  EXPECT_THAT(raw.error().message, HasSubstr("`" + GetParam().member + "`"));
}

const std::string with_nul("a\0b", 3);
INSTANTIATE_TEST_SUITE_P(
    All, ComposeHostile,
    testing::Values(
        HostileCase{"subject", [](OutgoingMessage& m) { m.subject = "a\r\nBcc: x@y.test"; }, "subject"},
        HostileCase{"subject_lf", [](OutgoingMessage& m) { m.subject = "a\nb"; }, "subject"},
        HostileCase{"subject_nul", [](OutgoingMessage& m) { m.subject = with_nul; }, "subject"},
        HostileCase{"subject_bytes", [](OutgoingMessage& m) { m.subject = "\xff"; }, "subject"},
        HostileCase{"name", [](OutgoingMessage& m) { m.to[0].name = "a\rb"; }, "to[0].name"},
        HostileCase{"address", [](OutgoingMessage& m) { m.to[0].email = "a@b.test\r\nX: y"; }, "to[0].email"},
        HostileCase{"address_list", [](OutgoingMessage& m) { m.cc = {{"", "a@b.test, c@d.test"}}; },
                    "cc[0].email"},
        HostileCase{"address_brackets", [](OutgoingMessage& m) { m.bcc = {{"", "a@b.test> <c@d.test"}}; },
                    "bcc[0].email"},
        HostileCase{"address_none", [](OutgoingMessage& m) { m.from[0].email = "ann"; }, "from[0].email"},
        HostileCase{"address_utf8", [](OutgoingMessage& m) { m.from[0].email = "ä@b.test"; },
                    "from[0].email"},
        HostileCase{"body_nul", [](OutgoingMessage& m) { m.body = with_nul; }, "body"},
        HostileCase{"body_bytes", [](OutgoingMessage& m) { m.body = "\xC3("; }, "body"},
        HostileCase{"header_name", [](OutgoingMessage& m) { m.custom_headers = {{"X: y\r\nZ", "v"}}; },
                    "custom_headers[0].name"},
        HostileCase{"header_value", [](OutgoingMessage& m) { m.custom_headers = {{"X", "v\r\nBcc: z@y"}}; },
                    "custom_headers[0].value"},
        HostileCase{"header_bcc", [](OutgoingMessage& m) { m.custom_headers = {{"bCC", "z@y.test"}}; },
                    "custom_headers[0].name"},
        HostileCase{"header_content",
                    [](OutgoingMessage& m) { m.custom_headers = {{"Content-Type", "text/x"}}; },
                    "custom_headers[0].name"},
        HostileCase{"filename", [](OutgoingMessage& m) { m.files = {{.filename = "a\r\nb"}}; },
                    "attachments[0].filename"},
        HostileCase{"content_type", [](OutgoingMessage& m) { m.files = {{.content_type = "a/b\r\nX: y"}}; },
                    "attachments[0].content_type"},
        HostileCase{"content_id", [](OutgoingMessage& m) { m.files = {{.content_id = "a> b"}}; },
                    "attachments[0].content_id"}),
    [](const auto& info) { return info.param.name; });

// A type's parameters are cut to what can be written; nothing of them reaches the header otherwise.
TEST(Compose, hostile_media_types_become_bytes) {
  OutgoingMessage message = basic();
  for (const char* type :
       {"text", "/", "a/b/c", "text/pl ain; charset=\"x y\"", "text/plain; charset=a;b=\"", "(c)/d"}) {
    message.files = {{.filename = "f.txt", .content_type = type, .content = "x"}};
    const ParsedMessage parsed = composed(message).parsed;
    ASSERT_EQ(parsed.attachments.size(), 1u) << type;
    EXPECT_EQ(parsed.attachments[0].filename, "f.txt") << type;
  }
}

TEST(Compose, what_is_too_large_is_a_limit) {
  OutgoingMessage many = basic();
  many.to.resize(outgoing_recipients_max + 1, {"", "a@example.test"});
  OutgoingMessage long_subject = basic();
  long_subject.subject.assign(outgoing_value_bytes_max + 1, 's');
  OutgoingMessage files = basic();
  files.files.resize(outgoing_files_max + 1);
  for (const OutgoingMessage& message : {many, long_subject, files}) {
    const auto raw = compose(message);
    ASSERT_FALSE(raw);
    EXPECT_EQ(raw.error().kind, ErrorKind::limit);
  }
}

TEST(References, end_with_the_parent_and_stay_short) {
  EXPECT_THAT(references_to({"a@x", "b@x"}, "c@x"), ElementsAre("a@x", "b@x", "c@x"));
  EXPECT_THAT(references_to({"c@x", "bro ken", "b@x"}, "c@x"), ElementsAre("b@x", "c@x"));
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) many.push_back(std::to_string(i) + "@x");
  const auto kept = references_to(many, "parent@x");
  EXPECT_EQ(kept.size(), outgoing_references_max);
  EXPECT_EQ(kept.front(), "0@x");
  EXPECT_EQ(kept.back(), "parent@x");
}

}  // namespace
}  // namespace hermod::mime
