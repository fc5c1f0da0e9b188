// SecretString: not shown, not left behind.
#include "core/secrets/secret_string.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>
#include <type_traits>
#include <utility>

namespace hermod::secrets {
namespace {

// A log line that is handed the secret by mistake must not show it.
TEST(secret_string, prints_as_stars) {
  const SecretString secret("hunter2");
  EXPECT_EQ(fmt::format("{}", secret), "***");
  std::ostringstream out;
  out << secret;
  EXPECT_EQ(out.str(), "***");
}

// Second copies are made by copy() alone, never by accident.
TEST(secret_string, is_moved_not_copied) {
  static_assert(!std::is_copy_constructible_v<SecretString> && !std::is_copy_assignable_v<SecretString>);
  SecretString first("short");
  SecretString second = std::move(first);
  EXPECT_EQ(second.reveal(), "short");
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): the moved-from state is the point
  SecretString third("other");
  third = std::move(second);
  EXPECT_EQ(third.reveal(), "short");
  EXPECT_EQ(third.copy().reveal(), "short");
  EXPECT_TRUE(SecretString().reveal().empty());
}

}  // namespace
}  // namespace hermod::secrets
