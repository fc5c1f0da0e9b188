// Memory that accounts share: parts are handed out in order, and those of a cancelled waiter are not lost.
#include "core/host/byte_budget.hpp"

#include <latch>

#include "host/host_fixture.hpp"

namespace hermod::test {
namespace {

using host::ByteBudget;
using host::Root;

class ByteBudgetTest : public HostTest {
 protected:
  // Takes a part, says so and keeps it until told to go on.
  Task<Status> hold(std::uint64_t bytes, std::latch* taken, host::ThreadEvent* go_on) {
    auto permit = co_await budget.acquire(bytes);
    if (!permit) co_return std::move(permit).error();
    taken->count_down();
    co_return co_await go_on->wait();
  }
  Task<Status> take(std::uint64_t bytes) {
    auto permit = co_await budget.acquire(bytes);
    co_return permit ? ok() : Status(std::move(permit).error());
  }
  Root<Status> start(Task<Status> task) { return Root<Status>::start(runtime, runtime.make_strand(), std::move(task)); }

  ByteBudget budget{100};
  std::latch taken{1};
  host::ThreadEvent go_on;
};

TEST_F(ByteBudgetTest, a_part_larger_than_all_gets_all) { EXPECT_TRUE(run(take(1'000))); }

TEST_F(ByteBudgetTest, who_waits_gets_its_part_when_it_is_given_back) {
  auto holder = start(hold(60, &taken, &go_on));
  taken.wait();
  auto waiter = start(take(60));
  EXPECT_FALSE(waiter.done());
  go_on.notify();
  EXPECT_TRUE(holder.wait());
  EXPECT_TRUE(waiter.wait());
}

// A small part behind a large one must not overtake it for ever, but goes ahead when the large one is given up.
TEST_F(ByteBudgetTest, a_cancelled_waiter_lets_those_behind_it_through) {
  auto holder = start(hold(60, &taken, &go_on));
  taken.wait();
  // One strand: the large one is in the line before the small one starts.
  const auto strand = runtime.make_strand();
  auto large = Root<Status>::start(runtime, strand, take(50));
  auto small = Root<Status>::start(runtime, strand, take(10));
  large.cancel();
  EXPECT_EQ(large.wait().error().kind, ErrorKind::cancelled);
  EXPECT_TRUE(small.wait()) << "while the holder still has its part";
  go_on.notify();
  EXPECT_TRUE(holder.wait());
  EXPECT_TRUE(run(take(100))) << "nothing was lost";
}

}  // namespace
}  // namespace hermod::test
