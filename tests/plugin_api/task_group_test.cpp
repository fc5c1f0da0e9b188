#include <gtest/gtest.h>

#include "plugin_api/tasks.hpp"

namespace hermod::test {
namespace {

Task<Status> join_three(std::vector<int>* order) {
  struct Note {
    static Task<Status> run(std::vector<int>* order, int number, Duration duration) {
      (void)co_await Pause(duration);
      order->push_back(number);
      co_return ok();
    }
  };
  TaskGroup group(co_await current_context());
  (void)group.spawn(Note::run(order, 1, 3 * tick));
  (void)group.spawn(Note::run(order, 2, 1 * tick));
  (void)group.spawn(Note::run(order, 3, 2 * tick));
  co_return co_await group.join();
}

// The tasks run side by side, and join waits for the slowest.
TEST(task_group, tasks_run_at_once_and_all_are_joined) {
  InlineStrand strand;
  const TimePoint start = strand.now();
  std::vector<int> order;
  EXPECT_TRUE(strand.run(join_three(&order)).has_value());
  EXPECT_EQ(order, (std::vector<int>{2, 3, 1}));
  EXPECT_EQ(strand.now() - start, 3 * tick);
}

Task<Status> join_failing() {
  TaskGroup group(co_await current_context());
  (void)group.spawn(fail_status(ErrorKind::denied, 3 * tick));
  (void)group.spawn(fail_status(ErrorKind::auth, 1 * tick));
  (void)group.spawn(wait_status(5 * tick));
  co_return co_await group.join();
}

// The engine acts on the failure that came first; a failure does not stop the others.
TEST(task_group, first_failure_in_time_is_the_answer) {
  InlineStrand strand;
  const TimePoint start = strand.now();
  EXPECT_EQ(strand.run(join_failing()).error().kind, ErrorKind::auth);
  EXPECT_EQ(strand.now() - start, 5 * tick);
}

Task<Status> cancel_some(ErrorKind failure) {
  TaskGroup group(co_await current_context());
  (void)group.spawn(wait_status(std::chrono::hours(1)));
  (void)group.spawn(wait_status(std::chrono::hours(2)));
  if (failure != ErrorKind::cancelled) (void)group.spawn(fail_status(failure, Duration::zero()));
  (void)co_await Pause(tick);
  co_return co_await group.cancel_and_join();
}

// Cancelling what is not needed any more is no failure, but it must not hide one.
TEST(task_group, cancel_and_join_hides_cancellations_alone) {
  InlineStrand strand;
  EXPECT_TRUE(strand.run(cancel_some(ErrorKind::cancelled)).has_value());
  EXPECT_EQ(strand.run(cancel_some(ErrorKind::auth)).error().kind, ErrorKind::auth);
  EXPECT_EQ(strand.timers(), 0u);
}

Task<Status> fail_when_cancelled() {
  if (Status waited = co_await Pause(std::chrono::hours(1)); waited) co_return ok();
  co_return Error{ErrorKind::conflict, ErrorScope::item, Retry::never(), "while stopping", {}, {}, {}};
}
Task<Status> cancel_with_late_failure() {
  TaskGroup group(co_await current_context());
  (void)group.spawn(wait_status(std::chrono::hours(1)));
  (void)group.spawn(fail_when_cancelled());
  (void)group.spawn(wait_status(std::chrono::hours(1)));
  co_return co_await group.cancel_and_join();
}

// A real failure that comes after a mere cancellation counts all the same.
TEST(task_group, late_failure_outweighs_a_cancellation) {
  InlineStrand strand;
  EXPECT_EQ(strand.run(cancel_with_late_failure()).error().kind, ErrorKind::conflict);
}

Task<Number> spawn_too_many() {
  TaskGroup group(co_await current_context());
  int started = 0;
  Status last = ok();
  while (last && started <= static_cast<int>(TaskGroup::tasks_max)) {
    last = group.spawn(wait_status(tick));
    if (last) ++started;
  }
  const bool limited = !last && last.error().kind == ErrorKind::limit;
  (void)co_await group.join();
  const bool again = group.spawn(wait_status(tick)).has_value();
  (void)co_await group.join();
  co_return limited&& again ? started : -1;
}

// The named maximum holds, and is of running tasks, not of all that ever ran.
TEST(task_group, more_than_the_maximum_is_refused) {
  InlineStrand strand;
  EXPECT_EQ(*strand.run(spawn_too_many()), static_cast<int>(TaskGroup::tasks_max));
}

Task<Number> waves() {
  TaskGroup group(co_await current_context());
  int rounds = 0;
  for (int i = 1; i <= 3; ++i) (void)group.spawn(wait_status(i * tick));
  while (group.running() != 0) {
    (void)co_await group.wait_one();
    ++rounds;
  }
  (void)co_await group.join();
  co_return rounds;
}

// A pump refills a group whenever one task is done.
TEST(task_group, wait_one_returns_at_each_completion) {
  InlineStrand strand;
  EXPECT_EQ(*strand.run(waves()), 3);
}

Task<Number> sum_in_order() {
  std::vector<Task<Number>> tasks;
  tasks.push_back(number_after(1, 3 * tick));
  tasks.push_back(failure_after(ErrorKind::denied, 1 * tick));
  tasks.push_back(number_now(3));
  auto results = co_await when_all(std::move(tasks));
  const bool as_expected =
      results && results->size() == 3 && *(*results)[0] == 1 && !(*results)[1] && *(*results)[2] == 3;
  co_return as_expected ? 1 : 0;
}

// Results stand where their tasks stood, whatever the order of completion; a failure stops nobody.
TEST(when_all, results_are_in_order_of_the_tasks) {
  InlineStrand strand;
  EXPECT_EQ(*strand.run(sum_in_order()), 1);
}

Task<Number> all_of(std::size_t count) {
  std::vector<Task<Number>> tasks;
  for (std::size_t i = 0; i < count; ++i) tasks.push_back(number_now(1));
  auto results = co_await when_all(std::move(tasks));
  if (!results) co_return std::move(results).error();
  co_return static_cast<int>(results->size());
}

// The limit refuses one too many before any of them was started.
TEST(when_all, more_than_the_maximum_is_refused) {
  InlineStrand strand;
  EXPECT_EQ(*strand.run(all_of(when_all_max)), static_cast<int>(when_all_max));
  EXPECT_EQ(strand.run(all_of(when_all_max + 1)).error().kind, ErrorKind::limit);
  EXPECT_EQ(*strand.run(all_of(0)), 0);
}

// Leaving running tasks behind would let them write into a frame that is gone.
TEST(task_group_death_test, running_tasks_may_not_be_left_behind) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        InlineStrand strand;
        Context context(strand);
        TaskGroup group(context);
        (void)group.spawn(wait_status(tick));
      },
      "before its tasks were joined");
}

}  // namespace
}  // namespace hermod::test
