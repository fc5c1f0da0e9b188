// KeyRing: what was sealed opens in its place alone, and also after the key was rotated.
#include "core/secrets/key_ring.hpp"

#include <gtest/gtest.h>

#include "secrets/temporary_folder.hpp"

namespace hermod::secrets {
namespace {

class key_ring : public testing::Test {
 protected:
  KeyRing open_ring() const {
    Result<KeyRing> ring = KeyRing::open_or_create(path_);
    if (!ring) ADD_FAILURE() << ring.error().message;
    return std::move(ring).value();
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "secrets.keys";
  KeyRing ring_ = open_ring();
  ids::ObjectId account_ = ids::new_object_id();
  std::string place_ = associated_data(account_, "password");
};

// Any bytes come back as they were: none, NUL, many.
TEST_F(key_ring, sealed_bytes_open_unchanged) {
  for (const std::string& text : {std::string(), std::string(1, '\0'), std::string("hunter2"),
                                  std::string(max_plaintext_length, 'x')}) {
    const auto sealed = ring_.seal(text, place_);
    ASSERT_TRUE(sealed);
    EXPECT_EQ(sealed->ciphertext.size(), text.size() + tag_length);
    const auto opened = ring_.open(*sealed, place_);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->reveal(), text);
  }
}

// The same text sealed twice must not look the same: nonces never repeat.
TEST_F(key_ring, equal_secrets_look_different) {
  const auto first = ring_.seal("hunter2", place_), second = ring_.seal("hunter2", place_);
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->nonce, second->nonce);
  EXPECT_NE(first->ciphertext, second->ciphertext);
  EXPECT_EQ(first->ciphertext.find("hunter2"), std::string::npos);
}

// Someone who can write the database must not be able to move a secret to another account or name.
TEST_F(key_ring, secret_opens_only_in_its_place) {
  const auto sealed = ring_.seal("hunter2", place_);
  ASSERT_TRUE(sealed);
  for (const std::string& place : {associated_data(ids::new_object_id(), "password"),
                                   associated_data(account_, "refresh_token"), std::string()}) {
    const auto opened = ring_.open(*sealed, place);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::invalid_data);
  }
}

// A flipped bit anywhere, or a cut, is noticed.
TEST_F(key_ring, any_change_is_noticed) {
  const auto sealed = ring_.seal("hunter2", place_);
  ASSERT_TRUE(sealed);
  for (std::size_t i = 0; i < sealed->ciphertext.size(); ++i) {
    Sealed changed = *sealed;
    changed.ciphertext[i] = static_cast<char>(changed.ciphertext[i] ^ 1);
    EXPECT_FALSE(ring_.open(changed, place_)) << i;
    changed.ciphertext.resize(i);
    EXPECT_FALSE(ring_.open(changed, place_)) << i;
  }
  for (std::size_t i = 0; i < nonce_length; ++i) {
    Sealed changed = *sealed;
    changed.nonce[i] ^= 1;
    EXPECT_FALSE(ring_.open(changed, place_)) << i;
  }
}

// After a rotation the new key seals, the old one still opens, here and after a restart.
TEST_F(key_ring, old_secrets_open_after_rotation) {
  const std::string first_key_id = ring_.newest_key_id();
  const auto before = ring_.seal("old", place_);
  ASSERT_TRUE(before && ring_.rotate());
  const auto after = ring_.seal("new", place_);
  ASSERT_TRUE(after);
  EXPECT_EQ(before->key_id, first_key_id);
  EXPECT_EQ(after->key_id, ring_.newest_key_id());
  EXPECT_NE(before->key_id, after->key_id);
  const KeyRing restarted = open_ring();
  for (const KeyRing* ring : {static_cast<const KeyRing*>(&ring_), &restarted}) {
    EXPECT_EQ(ring->open(*before, place_)->reveal(), "old");
    EXPECT_EQ(ring->open(*after, place_)->reveal(), "new");
  }
}

// A process that has not seen the rotation says what is missing, not that the secret is damaged.
TEST_F(key_ring, unknown_key_is_told_from_damage) {
  KeyRing other = open_ring();
  ASSERT_TRUE(other.rotate());
  const auto sealed = other.seal("new", place_);
  ASSERT_TRUE(sealed);
  const auto opened = ring_.open(*sealed, place_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::not_found);
}

// Rotations of two processes add up; neither loses the other's key. The number of keys has a maximum.
TEST_F(key_ring, rotations_add_up_to_the_maximum) {
  KeyRing other = open_ring();
  ASSERT_TRUE(other.rotate());
  const auto sealed = other.seal("kept", place_);
  ASSERT_TRUE(sealed && ring_.rotate());
  EXPECT_EQ(ring_.open(*sealed, place_)->reveal(), "kept");
  for (std::size_t count = 3; count < max_keys; ++count) ASSERT_TRUE(ring_.rotate());
  const Status refused = ring_.rotate();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::limit);
  EXPECT_EQ(open_ring().open(*sealed, place_)->reveal(), "kept");
}

// A secret beyond the limit is refused before it is sealed, so that all that is sealed can be opened.
TEST_F(key_ring, too_long_a_secret_is_refused) {
  const auto sealed = ring_.seal(std::string(max_plaintext_length + 1, 'x'), place_);
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().kind, ErrorKind::limit);
}

}  // namespace
}  // namespace hermod::secrets
