#include <gtest/gtest.h>

#include "plugin_api/tasks.hpp"

namespace hermod::test {
namespace {

Task<Number> throwing(bool after_a_wait) {
  if (after_a_wait) (void)co_await Pause(tick);
  throw std::runtime_error("of the plugin");
}

// Nothing may cross the plugin boundary but an Error, at whatever point the exception comes.
TEST(task, exception_becomes_internal_error) {
  for (const bool after_a_wait : {false, true}) {
    InlineStrand strand;
    const Number result = strand.run(throwing(after_a_wait));
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, ErrorKind::internal);
    EXPECT_EQ(result.error().detail, "of the plugin");
  }
}

Task<Number> touching(bool* ran) {
  *ran = true;
  co_return 1;
}

// A lazy task that is dropped must not have done anything.
TEST(task, unstarted_task_never_runs) {
  bool ran = false;
  {
    auto task = touching(&ran);
  }
  EXPECT_FALSE(ran);
}

Task<Number> keeping_its_context(Context** seen) {
  *seen = &co_await current_context();
  (void)co_await Pause(tick);
  co_return 1;
}
Task<Number> caller_of(Context** own, Context** seen) {
  *own = &co_await current_context();
  co_return co_await keeping_its_context(seen);
}

// Cancellation and deadlines reach a leaf only if every promise inherits the awaiter's context.
TEST(task, context_is_inherited_from_the_awaiter) {
  InlineStrand strand;
  Context* own = nullptr;
  Context* seen = nullptr;
  (void)strand.run(caller_of(&own, &seen));
  EXPECT_NE(own, nullptr);
  EXPECT_EQ(own, seen);
}

// A leaf that is waiting when its context is cancelled answers at once, without the time passing.
TEST(task, cancellation_ends_a_waiting_leaf) {
  InlineStrand strand;
  const TimePoint before = strand.now();
  Call<Number> call(strand, number_after(1, std::chrono::hours(1)));
  EXPECT_FALSE(call.done());
  call.cancel();
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.result().error().kind, ErrorKind::cancelled);
  EXPECT_EQ(strand.now(), before);
  EXPECT_EQ(strand.timers(), 0u);
}

// A leaf awaited after the cancellation must not wait either.
TEST(task, leaf_of_a_cancelled_context_does_not_wait) {
  InlineStrand strand;
  Context context(strand);
  context.cancel();
  EXPECT_TRUE(context.cancelled());
  Context child(context);
  EXPECT_TRUE(child.cancelled());
  EXPECT_EQ(child.cancel_error().kind, ErrorKind::cancelled);
}

// A child's cancellation is its own; the parent's is everybody's.
TEST(context, cancellation_goes_down_not_up) {
  InlineStrand strand;
  Context parent(strand);
  Context first(parent);
  Context second(parent);
  first.cancel();
  EXPECT_TRUE(first.cancelled());
  EXPECT_FALSE(parent.cancelled());
  EXPECT_FALSE(second.cancelled());
  parent.cancel(ErrorKind::timeout);
  EXPECT_TRUE(second.cancelled());
  EXPECT_EQ(second.cancel_error().kind, ErrorKind::timeout);
  EXPECT_EQ(first.cancel_error().kind, ErrorKind::cancelled) << "the first reason stays";
}

// The earlier of two deadlines counts, in whatever order they are set.
TEST(context, earlier_deadline_stays) {
  InlineStrand strand;
  Context context(strand);
  const TimePoint start = strand.now();
  context.set_deadline(start + 5 * tick);
  context.set_deadline(start + 9 * tick);
  EXPECT_EQ(context.deadline(), start + 5 * tick);
  context.set_deadline(start + 2 * tick);
  EXPECT_EQ(strand.timers(), 1u);
  strand.advance(3 * tick);
  EXPECT_TRUE(context.cancelled());
}

// A limit as large as it can be means "none", not an overflow into the past.
TEST(context, endless_limit_does_not_overflow) {
  const TimePoint now{std::chrono::hours(1)};
  EXPECT_EQ(later(now, Duration::max()), TimePoint::max());
  EXPECT_EQ(later(now, tick), now + tick);
  EXPECT_EQ(later(now, -tick), now - tick);
}

Task<Number> sum_of_many(int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += *co_await number_now(1);
  co_return sum;
}

// A loop over awaits that complete at once must not grow the stack.
TEST(task, million_awaits_that_complete_at_once) {
  InlineStrand strand;
  EXPECT_EQ(*strand.run(sum_of_many(1'000'000)), 1'000'000);
}

Task<Number> depth_of(int levels) {
  if (levels == 0) co_return *co_await number_after(0, tick);
  co_return 1 + *co_await depth_of(levels - 1);
}

// Nested parsers recurse; the resumption from the innermost leaf must come back up through all of them.
TEST(task, deep_recursion_comes_back) {
  InlineStrand strand;
  EXPECT_EQ(*strand.run(depth_of(1000)), 1000);
}

// Going on after a started task lost its owner would corrupt memory, so it must be loud.
TEST(task_death_test, started_task_may_not_be_destroyed) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  struct Ignore final : CompletionHook {
    void on_done() noexcept override {}
  };
  EXPECT_DEATH(
      {
        InlineStrand strand;
        Context context(strand);
        Ignore ignore;
        auto task = number_after(1, tick);
        task.start(context, ignore);
      },
      "destroyed before it was done");
}

}  // namespace
}  // namespace hermod::test
