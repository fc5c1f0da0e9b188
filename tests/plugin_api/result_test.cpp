#include <gtest/gtest.h>

#include <memory>

#include <hermod/plugin.hpp>

namespace hermod::test {
namespace {

// Wire and log spell a kind as its enumerator is spelled; a table that slipped by one would mislead the
// engine's users.
TEST(result, kinds_are_spelled_as_their_enumerators) {
  EXPECT_EQ(to_string(ErrorKind::auth), "auth");
  EXPECT_EQ(to_string(ErrorKind::cursor_invalid), "cursor_invalid");
  EXPECT_EQ(to_string(ErrorKind::invalid_argument), "invalid_argument");
  EXPECT_EQ(to_string(ErrorKind::internal), "internal");
  EXPECT_EQ(to_string(ErrorScope::provider), "provider");
  EXPECT_EQ(to_string(Role::starred), "starred");
}

// Sessions and streams are given away as unique_ptr.
TEST(result, move_only_values_pass_through) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 7);
}

// Asking an Error for its value is a mistake of ours that must not read garbage.
TEST(result, asking_for_the_wrong_one_throws) {
  Result<int> failed(Error{});
  EXPECT_THROW((void)*failed, std::bad_variant_access);
  Result<int> good(1);
  EXPECT_THROW((void)good.error(), std::bad_variant_access);
}

// The fingerprint is compared between binaries: it must be a constant of the build, and not trivially so.
TEST(fingerprint, is_a_constant_that_depends_on_layouts) {
  static_assert(fingerprint() != 0);
  static_assert(detail::layout_hash<int, double>() != detail::layout_hash<double, int>());
  static_assert(detail::layout_hash<char[3]>() != detail::layout_hash<char[4]>());
}

}  // namespace
}  // namespace hermod::test
