#include <gtest/gtest.h>

#include "plugin_api/tasks.hpp"

namespace hermod::test {
namespace {

Task<Status> hold(Semaphore* semaphore, std::vector<int>* order, int number) {
  auto permit = co_await semaphore->acquire();
  if (!permit) co_return std::move(permit).error();
  order->push_back(number);
  co_return co_await Pause(tick);
}
Task<Status> hold_five(Semaphore* semaphore, std::vector<int>* order) {
  TaskGroup group(co_await current_context());
  for (int i = 0; i < 5; ++i) (void)group.spawn(hold(semaphore, order, i));
  co_return co_await group.join();
}

// No more than its permits at once, the longest waiter first: 5 holders of 1 ms by 2 permits take 3 ms.
TEST(semaphore, permits_bound_what_runs_and_keep_order) {
  InlineStrand strand;
  Semaphore semaphore(2);
  std::vector<int> order;
  const TimePoint start = strand.now();
  EXPECT_TRUE(strand.run(hold_five(&semaphore, &order)).has_value());
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_EQ(strand.now() - start, 3 * tick);
  EXPECT_EQ(semaphore.free(), 2u);
}

// A waiter that gives up must not take a permit with it.
TEST(semaphore, cancelled_waiter_loses_no_permit) {
  InlineStrand strand;
  Semaphore semaphore(1);
  std::vector<int> order;
  Call<Status> holder(strand, hold(&semaphore, &order, 1));
  Call<Status> waiter(strand, hold(&semaphore, &order, 2));
  Call<Status> next(strand, hold(&semaphore, &order, 3));
  waiter.cancel();
  EXPECT_EQ(waiter.result().error().kind, ErrorKind::cancelled);
  EXPECT_TRUE(next.result().has_value());
  EXPECT_EQ(order, (std::vector<int>{1, 3}));
  EXPECT_EQ(semaphore.free(), 1u);
}

// The permit was handed over already when the cancellation came: it is used or given back, not lost.
TEST(semaphore, permit_handed_over_before_a_cancellation_is_kept) {
  InlineStrand strand;
  Semaphore semaphore(1);
  std::vector<int> order;
  auto first = strand.run(semaphore.acquire());
  {
    Call<Status> waiter(strand, hold(&semaphore, &order, 1));
    first->release();  // posts the waiter
    waiter.cancel();
    (void)waiter.result();
  }
  EXPECT_EQ(semaphore.free(), 1u);
}

Task<Status> locked_section(AsyncMutex* mutex, int* inside, int* most) {
  auto lock = co_await mutex->lock();
  if (!lock) co_return std::move(lock).error();
  *most = std::max(*most, ++*inside);
  (void)co_await Pause(tick);
  --*inside;
  co_return ok();
}
Task<Status> locked_sections(AsyncMutex* mutex, int* most) {
  TaskGroup group(co_await current_context());
  int inside = 0;
  for (int i = 0; i < 4; ++i) (void)group.spawn(locked_section(mutex, &inside, most));
  co_return co_await group.join();
}

// Commands of one connection must not interleave across an await.
TEST(async_mutex, one_at_a_time) {
  InlineStrand strand;
  AsyncMutex mutex;
  int most = 0;
  EXPECT_TRUE(strand.run(locked_sections(&mutex, &most)).has_value());
  EXPECT_EQ(most, 1);
}

Task<Status> produce(Channel<int>* channel, int count, int* pushed) {
  for (int i = 0; i < count; ++i) {
    if (Status put = co_await channel->push(i); !put) co_return put;
    ++*pushed;
  }
  channel->close();
  co_return ok();
}
Task<Result<std::vector<int>>> consume(Channel<int>* channel) {
  std::vector<int> values;
  for (;;) {
    auto value = co_await channel->pop();
    if (!value) co_return std::move(value).error();
    if (!*value) co_return values;
    values.push_back(**value);
  }
}

// A full channel holds its producer back; nothing is lost or reordered, and what is in it outlives close().
TEST(channel, full_channel_holds_the_producer_back) {
  InlineStrand strand;
  Channel<int> channel(3);
  int pushed = 0;
  Call<Status> producer(strand, produce(&channel, 10, &pushed));
  EXPECT_EQ(pushed, 3);
  EXPECT_EQ(channel.size(), 3u);
  auto values = strand.run(consume(&channel));
  EXPECT_EQ(*values, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_TRUE(producer.result().has_value());
}

// A push that waits when the channel is closed has nobody to give its value to.
TEST(channel, close_ends_waiting_pushes_and_pops) {
  InlineStrand strand;
  Channel<int> full(1);
  int pushed = 0;
  Call<Status> producer(strand, produce(&full, 2, &pushed));
  full.close();
  EXPECT_EQ(producer.result().error().kind, ErrorKind::unavailable);
  Channel<int> empty(1);
  Call<Result<std::vector<int>>> consumer(strand, consume(&empty));
  empty.close();
  EXPECT_TRUE(consumer.result()->empty());
}

// A cancelled pop takes nothing.
TEST(channel, cancelled_pop_takes_nothing) {
  InlineStrand strand;
  Channel<int> channel(4);
  Call<Result<std::optional<int>>> cancelled(strand, channel.pop());
  cancelled.cancel();
  EXPECT_EQ(cancelled.result().error().kind, ErrorKind::cancelled);
  EXPECT_TRUE(strand.run(channel.push(7)).has_value());
  EXPECT_EQ(**strand.run(channel.pop()), 7);
}

// A capacity of none would let every push wait for ever.
TEST(channel, capacity_is_at_least_one) {
  InlineStrand strand;
  Channel<int> channel(0);
  EXPECT_TRUE(strand.run(channel.push(1)).has_value());
}

// Waiters refer to the queue: it may not go before them.
TEST(channel_death_test, channel_may_not_go_while_somebody_waits) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        InlineStrand strand;
        auto channel = std::make_unique<Channel<int>>(1);
        Call<Result<std::optional<int>>> call(strand, channel->pop());
        channel.reset();
      },
      "while a coroutine waits in it");
}

}  // namespace
}  // namespace hermod::test
