// SHA-256 and CRC-32 against published vectors.
#include "core/ids/sha256.hpp"

#include <gtest/gtest.h>

#include "core/ids/crc32.hpp"
#include "core/ids/text_encoding.hpp"

namespace hermod::ids {
namespace {

std::string hex(const Sha256Digest& digest) { return hex_encode(as_bytes(digest)); }

// FIPS 180-4 examples (NIST's example values).
TEST(sha256, published_vectors) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// However the bytes are cut, the digest is the same.
TEST(sha256, pieces_give_the_digest_of_the_whole) {
  const std::string bytes(200, 'x');
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    Sha256 hash;
    hash.update(std::string_view(bytes).substr(0, cut));
    hash.update(std::string_view(bytes).substr(cut));
    EXPECT_EQ(hash.finish(), sha256(bytes));
  }
}

// The check value of the CRC catalogue for this CRC; and going on from a first part.
TEST(crc32, published_check_value_and_continuation) {
  EXPECT_EQ(crc32("123456789"), 0xCBF43926U);
  EXPECT_EQ(crc32("6789", crc32("12345")), 0xCBF43926U);
}

}  // namespace
}  // namespace hermod::ids
