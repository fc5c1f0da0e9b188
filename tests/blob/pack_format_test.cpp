// The pack format byte by byte: other programs and later versions read what is written today.
#include "core/blob/pack_format.hpp"

#include <gtest/gtest.h>

#include "core/ids/text_encoding.hpp"

namespace hermod::blob {
namespace {

// Offsets and byte order as the header documents them, with values that show each byte's place.
TEST(pack_format, record_header_has_the_documented_bytes) {
  RecordHeader header{
      .sha256 = {}, .raw_length = 0x01020304, .stored_length = 0x05060708, .stored_crc = 0x0A0B0C0D};
  header.sha256.fill(0xEE);
  const RecordHeaderBytes bytes = encode_record_header(header);
  std::string digest_hex;
  for (int i = 0; i < 32; ++i) digest_hex += "ee";
  EXPECT_EQ(ids::hex_encode({bytes.data(), 60}),
            "48524543"
            "01000000" +
                digest_hex +
                "0403020100000000"
                "0807060500000000"
                "0d0c0b0a");
  const auto decoded = decode_record_header({bytes.data(), bytes.size()});
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->sha256, header.sha256);
  EXPECT_EQ(decoded->raw_length, header.raw_length);
  EXPECT_EQ(decoded->stored_length, header.stored_length);
  EXPECT_EQ(decoded->stored_crc, header.stored_crc);
}

TEST(pack_format, pack_header_has_the_documented_bytes) {
  ids::ObjectId account_id;
  account_id.bytes.fill(0xAB);
  const PackHeaderBytes bytes = encode_pack_header(account_id, 0x01020304);
  std::string expected = ids::hex_encode("HMDPACK1") +
                         "40000000"
                         "04030201";
  for (int i = 0; i < 16; ++i) expected += "ab";
  expected += std::string(56, '0');
  EXPECT_EQ(ids::hex_encode({bytes.data(), 60}), expected);
  EXPECT_TRUE(is_pack_header({bytes.data(), bytes.size()}, account_id, 0x01020304));
  EXPECT_FALSE(is_pack_header({bytes.data(), bytes.size()}, account_id, 1));
  EXPECT_FALSE(is_pack_header({bytes.data(), bytes.size()}, ids::new_object_id(), 0x01020304));
}

// A flipped bit, a cut, or a length that nothing may have: no header.
TEST(pack_format, damaged_record_header_is_refused) {
  const RecordHeaderBytes whole =
      encode_record_header({.raw_length = 1, .stored_length = 2, .stored_crc = 3});
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    RecordHeaderBytes changed = whole;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(decode_record_header({changed.data(), changed.size()})) << bit;
  }
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(decode_record_header({whole.data(), length}));
  }
  const RecordHeaderBytes huge = encode_record_header({.raw_length = max_raw_length + 1});
  EXPECT_FALSE(decode_record_header({huge.data(), huge.size()}));
  const RecordHeaderBytes long_frame = encode_record_header({.stored_length = max_stored_length + 1});
  EXPECT_FALSE(decode_record_header({long_frame.data(), long_frame.size()}));
}

// Names sort as numbers up to a million packs, and stray files are not taken for packs.
TEST(pack_format, pack_file_names) {
  EXPECT_EQ(pack_file_name(1), "000001.pack");
  EXPECT_EQ(pack_file_name(12'345'678), "12345678.pack");
  EXPECT_EQ(parse_pack_file_name("000001.pack"), 1U);
  EXPECT_EQ(parse_pack_file_name("12345678.pack"), 12'345'678U);
  for (const std::string_view name : {"", ".pack", "1.pack", "0000001.pack", "000000.pack", "000001.pack~",
                                      "-00001.pack", "000001", "99999999999.pack", "00000x.pack"}) {
    EXPECT_EQ(parse_pack_file_name(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace hermod::blob
