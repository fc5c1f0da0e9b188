// How a destination is treated that fails: fewer requests, then pauses that grow, and back again.
#include <gtest/gtest.h>

#include "server/webhooks/pace.hpp"

namespace hermod::server {
namespace {

using namespace std::chrono_literals;

const Error refused{ErrorKind::unavailable, ErrorScope::account, Retry::after(), "refused", {}, {}, {}};
const TimePoint start = TimePoint{} + 1h;
const ids::ObjectId one = ids::new_object_id(), other = ids::new_object_id();
constexpr auto failed_before = Pace::Candidate::failed_before, newcomer = Pace::Candidate::newcomer;

TEST(Pace, failures_halve_and_successes_double) {
  Pace pace(8, Pace::Beginning::trusted);
  EXPECT_EQ(pace.allowed(start, newcomer), 8);
  pace.failed(start, one, refused);
  EXPECT_EQ(pace.allowed(start, newcomer), 4);
  pace.failed(start, one, refused);
  pace.failed(start, one, refused);
  pace.failed(start, one, refused);
  EXPECT_EQ(pace.allowed(start, newcomer), 1);
  EXPECT_FALSE(pace.down());
  pace.succeeded();
  EXPECT_EQ(pace.allowed(start, newcomer), 2);
  pace.succeeded();
  pace.succeeded();
  pace.succeeded();
  EXPECT_EQ(pace.allowed(start, newcomer), 8);
}

TEST(Pace, one_that_failed_before_begins_with_one_request) {
  EXPECT_EQ(Pace(8, Pace::Beginning::failing).allowed(start, newcomer), 1);
}

// The schedule of a destination that is down for three days, with the clock at hand.
TEST(Pace, destination_that_is_down_is_probed_after_growing_pauses) {
  Pace pace(8, Pace::Beginning::trusted);
  TimePoint now = start;
  for (int i = 0; i < Pace::down_after; ++i) pace.failed(now, i == 0 ? one : other, refused);
  ASSERT_TRUE(pace.down());
  std::chrono::milliseconds ceiling = first_pause;
  int probes = 0;
  while (now < start + 72h) {
    EXPECT_EQ(pace.allowed(now, failed_before), 0);
    const auto pause = pace.probe_at(failed_before) - now;
    EXPECT_GE(pause, ceiling / 2);
    EXPECT_LE(pause, ceiling);
    ceiling = std::min(ceiling * 2, longest_pause);
    now = pace.probe_at(failed_before);
    EXPECT_EQ(pace.allowed(now, failed_before), 1);
    pace.failed(now, one, refused);
    ++probes;
  }
  // Every ten minutes at most, every five at least.
  EXPECT_GE(probes, 72 * 6);
  EXPECT_LE(probes, 72 * 12 + 20);
  pace.succeeded();
  EXPECT_FALSE(pace.down());
  EXPECT_EQ(pace.allowed(now, failed_before), 1);
}

// A message that its receiver refuses each time is no outage: the other accounts go on.
TEST(Pace, failures_of_one_account_are_no_outage) {
  Pace pace(8, Pace::Beginning::trusted);
  for (int i = 0; i < 50; ++i) pace.failed(start, one, refused);
  EXPECT_FALSE(pace.down());
  EXPECT_EQ(pace.allowed(start, newcomer), 1);
}

// Nor does an account wait for the pauses of others that failed for hours.
TEST(Pace, account_that_did_not_fail_is_tried_soon) {
  Pace pace(8, Pace::Beginning::trusted);
  TimePoint now = start;
  for (int i = 0; i < 50; ++i) {
    pace.failed(now, i % 2 == 0 ? one : other, refused);
    now = std::max(now, pace.probe_at(failed_before));
  }
  pace.failed(now, one, refused);
  EXPECT_GE(pace.probe_at(failed_before), now + longest_pause / 2);
  EXPECT_EQ(pace.allowed(now, newcomer), 0);
  EXPECT_EQ(pace.allowed(now + Pace::newcomer_pause, newcomer), 1);
  EXPECT_EQ(pace.allowed(now + Pace::newcomer_pause, failed_before), 0);
}

}  // namespace
}  // namespace hermod::server
