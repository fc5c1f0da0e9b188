// API keys: their form and their checksum.
#include "core/ids/api_key.hpp"

#include <gtest/gtest.h>

#include <set>

#include "core/ids/text_encoding.hpp"

namespace hermod::ids {
namespace {

// Every key made is well-formed, and no two are alike.
TEST(api_key, made_keys_are_well_formed_and_distinct) {
  std::set<std::string> keys;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = make_api_key();
    EXPECT_TRUE(is_well_formed_api_key(key));
    EXPECT_EQ(key.size(), 44U);
    EXPECT_TRUE(key.starts_with("hmd_"));
    keys.insert(key);
  }
  EXPECT_EQ(keys.size(), 1000U);
}

// A secret scanner computes the checksum from the documentation alone. By Python's zlib: the CRC-32 of 34
// zeros is 0x277F8325, in base 62 0iqUEf.
TEST(api_key, checksum_is_the_documented_one) {
  const std::string zeros(34, '0');
  EXPECT_TRUE(is_well_formed_api_key("hmd_" + zeros + "0iqUEf"));
  EXPECT_FALSE(is_well_formed_api_key("hmd_" + zeros + "000000"));
}

// One wrong character anywhere is a typing error the server finds without a look-up.
TEST(api_key, any_changed_character_is_noticed) {
  const std::string key = make_api_key();
  for (std::size_t i = 0; i < key.size(); ++i) {
    for (const char c : {'0', 'a', 'Z', '-', '\0'}) {
      std::string changed = key;
      if (changed[i] == c) continue;
      changed[i] = c;
      EXPECT_FALSE(is_well_formed_api_key(changed)) << i;
    }
  }
  EXPECT_FALSE(is_well_formed_api_key(key + "0"));
  EXPECT_FALSE(is_well_formed_api_key(std::string_view(key).substr(0, 43)));
  EXPECT_FALSE(is_well_formed_api_key(""));
}

// The hash covers the prefix: two kinds of key never share a hash.
TEST(api_key, hash_is_the_sha256_of_the_whole_key) {
  EXPECT_EQ(hex_encode(as_bytes(hash_api_key("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace hermod::ids
