// Text encodings against the vectors of RFC 4648 §10, and what strict decoding refuses.
#include "core/ids/text_encoding.hpp"

#include <gtest/gtest.h>

namespace hermod::ids {
namespace {

struct Vector {
  std::string_view bytes, base64, base64url, hex;
};
constexpr Vector rfc_vectors[] = {
    {"", "", "", ""},
    {"f", "Zg==", "Zg", "66"},
    {"fo", "Zm8=", "Zm8", "666f"},
    {"foo", "Zm9v", "Zm9v", "666f6f"},
    {"foob", "Zm9vYg==", "Zm9vYg", "666f6f62"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE", "666f6f6261"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy", "666f6f626172"},
    {"\xFB\xFF\xFE", "+//+", "-__-", "fbfffe"},
};

// The RFC's own examples hold in both directions.
TEST(text_encoding, vectors_of_the_rfc_encode_and_decode) {
  for (const Vector& v : rfc_vectors) {
    EXPECT_EQ(base64_encode(v.bytes), v.base64);
    EXPECT_EQ(base64url_encode(v.bytes), v.base64url);
    EXPECT_EQ(hex_encode(v.bytes), v.hex);
    EXPECT_EQ(base64_decode(v.base64), v.bytes);
    EXPECT_EQ(base64url_decode(v.base64url), v.bytes);
    EXPECT_EQ(hex_decode(v.hex), v.bytes);
  }
}

// Every byte value survives a round trip.
TEST(text_encoding, every_byte_value_round_trips) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes.push_back(static_cast<char>(i));
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
    EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
    EXPECT_EQ(hex_decode(hex_encode(bytes)), bytes);
  }
}

// A cursor or key must have one spelling, so anything the encoder would not write is refused.
TEST(text_encoding, other_spellings_are_refused) {
  for (const std::string_view text :
       {"Zg", "Zg=", "Zg===", "=", "====", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "-__-", "Z===", "Zg==Zg=="}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
  for (const std::string_view text : {"Zg==", "Z", "Zh", "Zm9", "+//+", "Zm9v="}) {
    EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
  }
  for (const std::string_view text : {"6", "6g", "0x", " 6"}) {
    EXPECT_EQ(hex_decode(text), std::nullopt) << text;
  }
  EXPECT_EQ(hex_decode("FbfF"), "\xFB\xFF");
}

}  // namespace
}  // namespace hermod::ids
