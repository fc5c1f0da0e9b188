// Whose turn it is to connect; time is told, nobody waits.
#include <gtest/gtest.h>

#include "core/host/connect_pacer.hpp"

namespace hermod::test {
namespace {

using namespace std::chrono_literals;

// An outage ends and all accounts of a server come back: its limit holds, each has its turn, and another server's
// accounts do not wait for them.
TEST(ConnectPacer, a_crowd_is_spread_over_time_by_server) {
  host::ConnectPacer pacer(10);
  const TimePoint now{1h};
  std::vector<int> connected(12);  // in each second
  for (int i = 0; i < 100; ++i) {
    ++connected.at(static_cast<std::size_t>(pacer.take_turn("a.example:993", now) / 1s));
  }
  for (std::size_t second = 0; second < connected.size(); ++second) {
    EXPECT_LE(connected[second], second == 0 ? 20 : 12) << second;  // the second's worth at once, and jitter
  }
  EXPECT_EQ(pacer.take_turn("b.example:993", now), 0s);
}

// One that connects now and then never waits.
TEST(ConnectPacer, who_keeps_to_the_limit_does_not_wait) {
  host::ConnectPacer pacer(10);
  TimePoint now{1h};
  for (int i = 0; i < 100; ++i, now += 100ms) EXPECT_EQ(pacer.take_turn("a.example:993", now), 0s);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(pacer.take_turn("a.example:993", now), 0s);
  EXPECT_GT(pacer.take_turn("a.example:993", now + 1ms), 0s);
}

TEST(ConnectPacer, no_limit_is_no_limit) {
  host::ConnectPacer pacer(0);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(pacer.take_turn("a.example:993", TimePoint{1h}), 0s);
}

}  // namespace
}  // namespace hermod::test
