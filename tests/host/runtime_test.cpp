// Roots, strands, pools and timers of the runtime, on real threads.
#include <atomic>
#include <future>
#include <latch>

#include <hermod/race.hpp>

#include "core/host/on_pool.hpp"
#include "host/host_fixture.hpp"

namespace hermod::test {
namespace {

using host::Root;
using Number = Result<int>;
constexpr Duration for_ever = std::chrono::hours(1);

class RuntimeTest : public HostTest {};

Task<Number> number(int value) { co_return value; }
Task<Number> sleep_then(int value, Duration duration) {
  if (Status slept = co_await host::sleep_for(duration); !slept) co_return std::move(slept).error();
  co_return value;
}
Task<Number> throwing() {
  (void)co_await host::sleep_for(Duration::zero());
  throw std::runtime_error("of the task");
}

TEST_F(RuntimeTest, root_gives_its_result_once) {
  auto root = Root<Number>::start(runtime, runtime.make_strand(), number(7));
  EXPECT_EQ(*root.wait(), 7);
  EXPECT_TRUE(root.done());
  EXPECT_EQ(root.wait().error().kind, ErrorKind::internal) << "it was taken";
}

TEST_F(RuntimeTest, result_goes_to_on_done_on_the_strand) {
  std::promise<int> given;
  auto root = Root<Number>::start(runtime, runtime.make_strand(), sleep_then(5, Duration::zero()),
                                  [&](Number result) { given.set_value(*result); });
  EXPECT_EQ(given.get_future().get(), 5);
  root.join();
  EXPECT_FALSE(root.wait());
}

TEST_F(RuntimeTest, exception_of_a_task_is_an_internal_error) {
  EXPECT_EQ(run(throwing()).error().detail, "of the task");
}

// A supervisor stops its tasks from another thread, with the reason that they then give.
TEST_F(RuntimeTest, root_is_cancelled_from_outside) {
  auto root = Root<Number>::start(runtime, runtime.make_strand(), sleep_then(1, for_ever));
  root.cancel(ErrorKind::timeout);
  EXPECT_EQ(root.wait().error().kind, ErrorKind::timeout);
  root.cancel();  // no effect once done
}

// The handle may go at once: the task owns itself until it is done.
TEST_F(RuntimeTest, dropped_root_runs_on) {
  std::promise<int> given;
  (void)Root<Number>::start(runtime, runtime.make_strand(), sleep_then(3, Duration::zero()),
                            [&](Number result) { given.set_value(*result); });
  EXPECT_EQ(given.get_future().get(), 3);
}

// An API call gives up when its time is over, whatever the task waits for.
TEST_F(RuntimeTest, run_blocking_ends_at_its_limit) {
  auto result = host::run_blocking(runtime, runtime.make_strand(), sleep_then(1, for_ever),
                                   std::chrono::milliseconds(5));
  EXPECT_EQ(result.error().kind, ErrorKind::timeout);
}

Task<Status> count_up(int* plain, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    const int before = *plain;
    if (i % 16 == 0) (void)co_await host::sleep_for(Duration::zero());
    *plain = *plain + 1;
    if (i % 16 != 0 && *plain != before + 1) co_return Error{};
  }
  co_return ok();
}

// Two coroutines of a strand never run at once, although two threads run them: no count is lost.
TEST_F(RuntimeTest, strand_runs_one_coroutine_at_a_time) {
  constexpr int tasks = 32;
  constexpr int rounds = 200;
  int plain = 0;
  auto strand = runtime.make_strand();
  std::vector<Root<Status>> roots;
  for (int i = 0; i < tasks; ++i)
    roots.push_back(Root<Status>::start(runtime, strand, count_up(&plain, rounds)));
  for (auto& root : roots) EXPECT_TRUE(root.wait());
  EXPECT_EQ(plain, tasks * rounds);
}

// --- on_pool

Task<Result<std::thread::id>> thread_of_pool(host::Runtime* runtime) {
  co_return co_await host::on_pool(*runtime,
                                   [] { return Result<std::thread::id>(std::this_thread::get_id()); });
}
Task<Result<std::thread::id>> thread_of_strand() { co_return std::this_thread::get_id(); }

TEST_F(RuntimeTest, on_pool_leaves_the_network_threads) {
  host::Runtime single{{.network_threads = 1, .pool_threads = 1, .resolver_threads = 1}};
  auto on = [&](auto task) {
    return host::run_blocking(single, single.make_strand(), std::move(task), run_limit);
  };
  EXPECT_NE(*on(thread_of_pool(&single)), *on(thread_of_strand()));
}

Task<Number> throw_on_pool(host::Runtime* runtime) {
  co_return co_await host::on_pool(*runtime, []() -> Number { throw std::runtime_error("of the function"); });
}
TEST_F(RuntimeTest, exception_on_the_pool_is_an_internal_error) {
  const Number result = run(throw_on_pool(&runtime));
  EXPECT_EQ(result.error().kind, ErrorKind::internal);
  EXPECT_EQ(result.error().detail, "of the function");
}

Task<Number> pool_wait(host::WorkPool* pool, std::shared_future<void> until, std::promise<void>* running,
                       host::PoolCancellation cancellation) {
  co_return co_await host::on_pool(
      *pool,
      [until, running]() -> Number {
        running->set_value();
        until.wait();
        return 9;
      },
      cancellation);
}

// It may use the caller's variables: the caller must not go on before it has ended.
TEST_F(RuntimeTest, running_function_is_joined) {
  std::promise<void> end;
  std::promise<void> running;
  auto root = Root<Number>::start(
      runtime, runtime.make_strand(),
      pool_wait(&runtime.pool(), end.get_future().share(), &running, host::PoolCancellation::joined));
  running.get_future().wait();
  root.cancel();
  EXPECT_FALSE(root.done());
  end.set_value();
  EXPECT_EQ(*root.wait(), 9);
}

// A name look-up that hangs must not hold its account.
TEST_F(RuntimeTest, abandoned_function_lets_its_caller_go) {
  std::promise<void> end;
  std::promise<void> running;
  auto root = Root<Number>::start(
      runtime, runtime.make_strand(),
      pool_wait(&runtime.pool(), end.get_future().share(), &running, host::PoolCancellation::abandoned));
  running.get_future().wait();
  root.cancel();
  EXPECT_EQ(root.wait().error().kind, ErrorKind::cancelled);
  end.set_value();
}

Task<Number> set_on_pool(host::WorkPool* pool, std::atomic<bool>* ran) {
  co_return co_await host::on_pool(*pool, [ran]() -> Number {
    *ran = true;
    return 1;
  });
}

// What is still queued is withdrawn and never runs.
TEST_F(RuntimeTest, queued_function_is_withdrawn) {
  std::atomic<bool> ran = false;
  std::promise<void> end;
  std::promise<void> running;
  {
    host::WorkPool pool(1);
    auto first = Root<Number>::start(
        runtime, runtime.make_strand(),
        pool_wait(&pool, end.get_future().share(), &running, host::PoolCancellation::joined));
    running.get_future().wait();  // the pool's one thread is busy
    auto second = Root<Number>::start(runtime, runtime.make_strand(), set_on_pool(&pool, &ran));
    second.cancel();
    EXPECT_EQ(second.wait().error().kind, ErrorKind::cancelled);
    end.set_value();
    EXPECT_EQ(*first.wait(), 9);
  }
  EXPECT_FALSE(ran);
}

// The queue has a named end: then the caller is told, instead of memory growing.
TEST_F(RuntimeTest, full_queue_is_a_limit) {
  struct Nothing final : host::PoolJob {
    void run() noexcept override {}
  };
  std::promise<void> end;
  std::promise<void> running;
  host::WorkPool pool(1);
  auto first = Root<Number>::start(
      runtime, runtime.make_strand(),
      pool_wait(&pool, end.get_future().share(), &running, host::PoolCancellation::joined));
  running.get_future().wait();
  const auto nothing = std::make_shared<Nothing>();
  for (std::size_t i = 0; i < host::WorkPool::queue_max; ++i) ASSERT_TRUE(pool.submit(nothing));
  std::atomic<bool> ran = false;
  EXPECT_EQ(run(set_on_pool(&pool, &ran)).error().kind, ErrorKind::limit);
  end.set_value();
  EXPECT_EQ(*first.wait(), 9);
}

Task<Number> many_on_pool(host::Runtime* runtime, int rounds) {
  int sum = 0;
  for (int i = 0; i < rounds; ++i) {
    auto one = co_await host::on_pool(*runtime, [&sum]() -> Number { return ++sum; });
    if (!one) co_return one;
  }
  co_return sum;
}

// Crossing between strand and pool, often and from many accounts, with some of them cancelled at any point.
TEST_F(RuntimeTest, strands_and_pool_under_load) {
  std::vector<Root<Number>> roots;
  for (int i = 0; i < 32; ++i)
    roots.push_back(Root<Number>::start(runtime, runtime.make_strand(), many_on_pool(&runtime, 200)));
  for (std::size_t i = 0; i < roots.size(); i += 4) roots[i].cancel();
  for (std::size_t i = 0; i < roots.size(); ++i) {
    const Number result = roots[i].wait();
    if (i % 4 != 0) {
      EXPECT_EQ(*result, 200);
    } else if (!result) {
      EXPECT_EQ(result.error().kind, ErrorKind::cancelled);
    }
  }
}

// Work that outlives its runtime would run on threads that are gone.
TEST(runtime_death_test, runtime_may_not_go_before_its_roots) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        host::Runtime runtime;
        auto root = Root<Number>::start(runtime, runtime.make_strand(), sleep_then(1, for_ever));
      },
      "before its roots were done");
}

}  // namespace
}  // namespace hermod::test
