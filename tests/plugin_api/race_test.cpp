#include <gtest/gtest.h>

#include "plugin_api/tasks.hpp"

namespace hermod::test {
namespace {

using Outcome = RaceOutcome<Number, Number>;

// A dropped connection must be seen when it happens, not when the other side gives up.
TEST(race, first_completion_wins_even_as_a_failure) {
  InlineStrand strand;
  const TimePoint start = strand.now();
  Result<Outcome> outcome = strand.run(
      race(failure_after(ErrorKind::unavailable, tick), number_after(2, std::chrono::minutes(25))));
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->winner, 0);
  EXPECT_EQ(outcome->first.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(outcome->second.error().kind, ErrorKind::cancelled);
  EXPECT_EQ(strand.now() - start, tick);
  EXPECT_EQ(strand.timers(), 0u) << "the loser is joined";
}

// The same for the other side.
TEST(race, second_may_win) {
  InlineStrand strand;
  Result<Outcome> outcome = strand.run(race(number_after(1, 2 * tick), number_after(2, tick)));
  EXPECT_EQ(outcome->winner, 1);
  EXPECT_EQ(*outcome->second, 2);
  EXPECT_EQ(outcome->first.error().kind, ErrorKind::cancelled);
}

// Both may be done before anything waits.
TEST(race, sides_that_complete_at_once) {
  InlineStrand strand;
  Result<Outcome> outcome = strand.run(race(number_now(1), number_now(2)));
  EXPECT_EQ(outcome->winner, 0);
  EXPECT_EQ(*outcome->second, 2) << "its result is kept if it completed all the same";
}

// Cancelling the race cancels both, and still joins both.
TEST(race, cancellation_reaches_both_sides) {
  InlineStrand strand;
  Call<Result<Outcome>> call(
      strand, race(number_after(1, std::chrono::hours(1)), number_after(2, std::chrono::hours(1))));
  call.cancel();
  ASSERT_TRUE(call.done());
  Result<Outcome> outcome = call.result();
  EXPECT_EQ(outcome->first.error().kind, ErrorKind::cancelled);
  EXPECT_EQ(outcome->second.error().kind, ErrorKind::cancelled);
}

// The leaf tells that it was the deadline, so that a retry makes sense.
TEST(with_deadline, late_task_answers_timeout) {
  InlineStrand strand;
  EXPECT_EQ(strand.run(with_deadline(number_after(1, 5 * tick), 4 * tick)).error().kind, ErrorKind::timeout);
  EXPECT_EQ(*strand.run(with_deadline(number_after(1, 3 * tick), 4 * tick)), 1);
  EXPECT_EQ(strand.timers(), 0u) << "the deadline's timer is stopped";
}

Task<Number> limited_then_on() {
  (void)co_await with_deadline(number_after(1, 5 * tick), tick);
  co_return co_await number_after(2, tick);
}

// A deadline binds the task it was given, not what the caller does next.
TEST(with_deadline, caller_goes_on_after_a_timeout) {
  InlineStrand strand;
  EXPECT_EQ(*strand.run(limited_then_on()), 2);
}

// An outer limit that is shorter counts.
TEST(with_deadline, shorter_outer_limit_counts) {
  InlineStrand strand;
  const TimePoint start = strand.now();
  auto inner = with_deadline(number_after(1, std::chrono::hours(1)), 9 * tick);
  EXPECT_EQ(strand.run(with_deadline(std::move(inner), 2 * tick)).error().kind, ErrorKind::timeout);
  EXPECT_EQ(strand.now() - start, 2 * tick);
  EXPECT_EQ(*strand.run(with_deadline(number_after(1, tick), Duration::max())), 1);
}

}  // namespace
}  // namespace hermod::test
