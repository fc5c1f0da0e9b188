#include "server/http/rate_limit.hpp"

#include <gtest/gtest.h>

namespace hermod::server {
namespace {

using namespace std::chrono_literals;

const RateLimit::Clock::time_point start{};

TEST(RateLimitTest, a_burst_of_a_second_passes_and_the_next_waits) {
  RateLimit limit(10);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(limit.admit("key", start));
  const auto refused = limit.admit("key", start);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::rate_limited);
  EXPECT_GE(refused.error().retry.delay, 100ms);
  EXPECT_FALSE(limit.admit("key", start + 99ms));
}

// What Retry-After tells must be true: a client that waits so long gets through.
TEST(RateLimitTest, who_waits_as_told_is_admitted) {
  RateLimit limit(3);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(limit.admit("key", start));
  const auto delay = limit.admit("key", start).error().retry.delay;
  EXPECT_TRUE(limit.admit("key", start + delay));
}

TEST(RateLimitTest, callers_do_not_share_tokens) {
  RateLimit limit(1);
  EXPECT_TRUE(limit.admit("one", start));
  EXPECT_TRUE(limit.admit("two", start));
  EXPECT_FALSE(limit.admit("one", start));
}

TEST(RateLimitTest, a_long_pause_does_not_save_up_more_than_a_burst) {
  RateLimit limit(2);
  EXPECT_TRUE(limit.admit("key", start));
  int admitted = 0;
  for (int i = 0; i < 10; ++i) admitted += limit.admit("key", start + 1h) ? 1 : 0;
  EXPECT_EQ(admitted, 2);
}

}  // namespace
}  // namespace hermod::server
