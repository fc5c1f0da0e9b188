// Attachments as they are listed: path, name, type, decoded size, hash, and whether they are part of the
// text.
#include <gmock/gmock.h>

#include <core/mime/message.hpp>

namespace hermod::mime {
namespace {

std::string hex(const std::array<std::uint8_t, 32>& hash) {
  std::string text;
  for (const std::uint8_t byte : hash) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

ParsedMessage with_part(const std::string& headers, const std::string& body,
                        const std::string& html = "<p>text") {
  return parse_message(
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n" + html +
      "\r\n--b\r\n" + headers + "\r\n" + body + "\r\n--b--\r\n");
}

// The whole record, with the size and the SHA-256 of what the user sent, not of its base64.
TEST(AttachmentRecord, describes_the_decoded_bytes) {
  const auto message = with_part(
      "Content-Type: Application/PDF; name=x.pdf\r\n"
      "Content-Disposition: ATTACHMENT; filename=\"a b.pdf\"\r\n"
      "Content-ID: <c@x>\r\n"
      "Content-Transfer-Encoding: base64\r\n",
      "SGVsbG8=");
  ASSERT_EQ(message.attachments.size(), 1U);
  const Attachment& attachment = message.attachments.front();
  EXPECT_EQ(attachment.part_path, "2");
  EXPECT_EQ(attachment.filename, "a b.pdf");
  EXPECT_EQ(attachment.content_type, "application/pdf");
  EXPECT_EQ(attachment.content_id, "c@x");
  EXPECT_EQ(attachment.content_disposition, "attachment");
  EXPECT_EQ(attachment.size, 5U);
  EXPECT_EQ(hex(attachment.sha256), "185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969");
  EXPECT_FALSE(attachment.is_inline);
  EXPECT_TRUE(message.has_attachments);
}

// A picture in the text is no attachment to look for.
TEST(AttachmentInline, image_referred_to_by_cid_is_inline) {
  const auto message =
      with_part("Content-Type: image/png\r\nContent-ID: <A%b@x>\r\n", "x", "<img src=\"cid:A%25b@x\">");
  EXPECT_TRUE(message.attachments.at(0).is_inline);
  EXPECT_FALSE(message.has_attachments);
}

TEST(AttachmentInline, image_with_unused_cid_is_not_inline) {
  const auto message =
      with_part("Content-Type: image/png\r\nContent-ID: <a@x>\r\n", "x", "<img src=\"cid:b@x\">");
  EXPECT_FALSE(message.attachments.at(0).is_inline);
  EXPECT_TRUE(message.has_attachments);
}

TEST(AttachmentInline, cid_reference_is_stronger_than_disposition) {
  const auto message =
      with_part("Content-Type: image/png\r\nContent-Disposition: attachment\r\nContent-ID: <a@x>\r\n", "x",
                "<img src='cid:a@x'>");
  EXPECT_TRUE(message.attachments.at(0).is_inline);
}

TEST(AttachmentInline, content_location_is_a_reference_too) {
  const auto message =
      with_part("Content-Type: image/png\r\nContent-Location: pic.png\r\n", "x", "<img src=pic.png>");
  EXPECT_TRUE(message.attachments.at(0).is_inline);
}

TEST(AttachmentInline, disposition_inline_is_inline) {
  EXPECT_TRUE(with_part("Content-Type: image/png\r\nContent-Disposition: inline\r\n", "x")
                  .attachments.at(0)
                  .is_inline);
}

TEST(AttachmentName, nested_message_is_named_by_its_subject) {
  const auto message =
      with_part("Content-Type: message/rfc822\r\n", "Subject: =?utf-8?Q?caf=C3=A9/x?=\r\n\r\nhi");
  EXPECT_EQ(message.attachments.at(0).filename, "caf\u00E9_x.eml");
  EXPECT_EQ(message.attachments.at(0).content_type, "message/rfc822");
  EXPECT_EQ(message.attachments.at(0).size, 38U);  // "Subject: =?utf-8?Q?caf=C3=A9/x?=", a blank line, "hi"
}

TEST(AttachmentName, part_without_name_gets_one_by_type) {
  EXPECT_EQ(with_part("Content-Type: application/pdf\r\n", "x").attachments.at(0).filename,
            "attachment-1.pdf");
  EXPECT_EQ(with_part("Content-Type: application/x-odd\r\n", "x").attachments.at(0).filename,
            "attachment-1.bin");
}

// Paths are what clients fetch by; they must be the numbers a mail server uses.
TEST(AttachmentPath, nested_parts_are_numbered_by_level) {
  const auto message = parse_message(
      "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/related; boundary=c\n\n"
      "--c\nContent-Type: text/html\n\n<p>x\n--c\nContent-Type: image/png\n\nx\n--c--\n"
      "--b\nContent-Type: image/gif\n\nx\n--b--");
  ASSERT_EQ(message.attachments.size(), 2U);
  EXPECT_EQ(message.attachments[0].part_path, "1.2");
  EXPECT_EQ(message.attachments[1].part_path, "2");
}

TEST(AttachmentPath, message_of_one_part_has_part_1) {
  EXPECT_EQ(parse_message("Content-Type: image/png\n\nx").attachments.at(0).part_path, "1");
}

}  // namespace
}  // namespace hermod::mime
