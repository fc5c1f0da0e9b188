// Bytes of an attachment by its path, as downloads need them.
#include <gtest/gtest.h>

#include <core/mime/message.hpp>

namespace hermod::mime {
namespace {

constexpr std::string_view nested =
    "Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\none\r\n--c\r\n"
    "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n--c--";

std::string message_with_nested(const std::string& headers = "") {
  return "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\nContent-Type: "
         "message/rfc822\r\n" +
         headers + "\r\n" + std::string(nested) + "\r\n--b--\r\n";
}

struct Extracted {
  Result<std::uint64_t> result;
  std::string bytes;
};
Extracted extract(std::string_view raw, std::string_view path) {
  std::string bytes;
  auto result = extract_attachment(raw, path, [&](std::string_view chunk) {
    bytes.append(chunk);
    return true;
  });
  return {std::move(result), std::move(bytes)};
}

TEST(ExtractAttachment, gives_the_decoded_bytes_and_their_number) {
  const auto extracted =
      extract("Content-Type: image/png\nContent-Transfer-Encoding: base64\n\nSGVsbG8=", "1");
  ASSERT_TRUE(extracted.result);
  EXPECT_EQ(*extracted.result, 5U);
  EXPECT_EQ(extracted.bytes, "Hello");
}

// A forwarded message must come out as it went in, or its signature breaks.
TEST(ExtractAttachment, nested_message_comes_out_byte_for_byte) {
  EXPECT_EQ(extract(message_with_nested(), "2").bytes, nested);
}

TEST(ExtractAttachment, part_of_a_nested_message_has_a_path) {
  EXPECT_EQ(extract(message_with_nested(), "2.2").bytes, "Hello");
}

TEST(ExtractAttachment, unknown_paths_are_not_found) {
  const std::string raw = message_with_nested();
  for (const char* path :
       {"", "0", "3", "1.1", "2.9", "2.2.1", "x", "1x", "1.", ".1", "-1", "99999999999999999999"}) {
    const auto extracted = extract(raw, path);
    ASSERT_FALSE(extracted.result) << path;
    EXPECT_EQ(extracted.result.error().kind, ErrorKind::not_found) << path;
  }
}

// A multipart has no bytes of its own to download.
TEST(ExtractAttachment, multipart_itself_is_not_found) {
  const auto raw =
      "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
      "Content-Type: multipart/mixed; boundary=c\n\n--c\n\none\n--c--\n--b--";
  EXPECT_FALSE(extract(raw, "1").result);
  EXPECT_EQ(extract(raw, "1.1").bytes, "one");
}

// A client that went away must stop the work.
TEST(ExtractAttachment, stops_when_the_receiver_does) {
  const std::string raw = "Content-Type: image/png\n\n" + std::string(1'000'000, 'x');
  int chunks = 0;
  const auto result = extract_attachment(raw, "1", [&](std::string_view) {
    ++chunks;
    return false;
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::cancelled);
  EXPECT_EQ(chunks, 1);
}

// Memory must not grow with the attachment.
TEST(ExtractAttachment, large_parts_come_in_small_chunks) {
  std::string raw = "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n";
  for (int i = 0; i < 20'000; ++i) raw += "SGVsbG8gd29ybGQhSGVsbG8gd29ybGQh\n";
  std::size_t largest = 0;
  const auto result = extract_attachment(raw, "1", [&](std::string_view chunk) {
    largest = std::max(largest, chunk.size());
    return true;
  });
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, 20'000U * 24);
  EXPECT_LE(largest, std::size_t{64} << 10);
}

}  // namespace
}  // namespace hermod::mime
