// What a page costs to thread does not depend on who writes to how many: counted, not timed, so that the tests say the
// same on any machine.
#include <gtest/gtest.h>

#include "core/threading/thread_planner.hpp"
#include "tests/mime/work/work_counter.hpp"

namespace hermod::threading {
namespace {

// Twice as much, and a little for buffers that grow by doubling. Quadratic work is four times as much.
constexpr double growth_max = 2.6;

struct Page {
  std::size_t messages, participants;
};

// Replies of one subject that name no parent and have nobody in common: each could belong to each.
std::uint64_t steps_of(Page page) {
  std::vector<ThreadedMessage> messages(page.messages);
  for (std::size_t i = 0; i < page.messages; ++i) {
    messages[i].subject_key = -7;
    messages[i].received_at = static_cast<std::int64_t>(i);
    for (std::size_t p = 0; p < page.participants; ++p) {
      messages[i].participants.push_back(std::to_string(i) + "." + std::to_string(p) + "@example.test");
    }
  }
  const std::uint64_t before = mime::work_done().steps;
  ThreadPlanner planner;
  for (const ThreadedMessage& message : messages) planner.add(message);
  return mime::work_done().steps - before;
}

TEST(ThreadWork, twice_the_messages_are_twice_the_work) {
  const std::uint64_t steps = steps_of({200, 20});
  EXPECT_GT(steps, 200u * 20u);
  EXPECT_LT(steps_of({400, 20}), growth_max * static_cast<double>(steps));
}

TEST(ThreadWork, recipients_beyond_the_maximum_are_not_looked_at) {
  const std::uint64_t steps = steps_of({20, participants_max});
  EXPECT_GT(steps, 20u * participants_max);
  // Those beyond are passed over, a step each and one to spare; comparing them would take many.
  const std::size_t beyond = 20u * 19u * participants_max;
  EXPECT_LE(steps_of({20, 20 * participants_max}), steps + 2 * beyond);
}

}  // namespace
}  // namespace hermod::threading
