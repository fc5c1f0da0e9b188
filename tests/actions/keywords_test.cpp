// Keywords that an action wants: as they are shown, and what is to be done for them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/actions/plan.hpp"

namespace hermod::actions {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const ids::ObjectId inbox{{1}}, archive{{2}};
constexpr FlagSet forwarded{static_cast<std::uint16_t>(Flag::forwarded)};

Placement placement(Keywords keywords, FlagSet flags = {}) {
  return {inbox, "1", flags, {}, Standing::confirmed, std::move(keywords)};
}
Intent wanted(Keywords keywords) { return {.keywords = std::move(keywords)}; }

// What the mailbox has is spelled as there: another spelling is no change.
TEST(Keywords, are_spelled_as_in_the_mailbox) {
  const auto shown = replay({placement({"Work", "old"})}, {wanted({"work", "New", "new"})}).front();
  EXPECT_THAT(shown.effective_keywords, ElementsAre("New", "Work"));
  EXPECT_THAT(shown.keywords, ElementsAre("Work", "old"));
  EXPECT_FALSE(next_step({placement({"Work"})}, wanted({"WORK"})));
}

TEST(Keywords, are_added_and_removed_one_by_one) {
  const auto step = std::get<ChangeFlags>(*next_step({placement({"kept", "old"})}, wanted({"kept", "new"})));
  EXPECT_THAT(step.add_keywords, ElementsAre("new"));
  EXPECT_THAT(step.remove_keywords, ElementsAre("old"));
  EXPECT_EQ(step.add.bits | step.remove.bits, 0);
}

// None at all is wanted, or nothing is said of them.
TEST(Keywords, that_nobody_speaks_of_stay) {
  const auto step = std::get<ChangeFlags>(*next_step({placement({"old"})}, {.unread = false}));
  EXPECT_THAT(step.add_keywords, IsEmpty());
  EXPECT_THAT(step.remove_keywords, IsEmpty());
  EXPECT_THAT(std::get<ChangeFlags>(*next_step({placement({"old"})}, wanted({}))).remove_keywords,
              ElementsAre("old"));
}

// The model has it as a flag, so that it is the same thing everywhere.
TEST(Keywords, forwarded_is_a_flag) {
  const auto step = std::get<ChangeFlags>(*next_step({placement({})}, wanted({"$forwarded"})));
  EXPECT_EQ(step.add.bits, forwarded.bits);
  EXPECT_THAT(step.add_keywords, IsEmpty());
  EXPECT_EQ(std::get<ChangeFlags>(*next_step({placement({}, forwarded)}, wanted({}))).remove.bits,
            forwarded.bits);
  EXPECT_THAT(shown_keywords(forwarded, {"Zoo", "zoo", "a"}), ElementsAre("$Forwarded", "a", "Zoo"));
}

// Each action sees the message as the older ones leave it.
TEST(Keywords, go_with_the_message_where_it_arrives) {
  const Intent move{.folders = std::vector{archive}};
  const auto shown = replay({placement({"old"})}, {wanted({"new"}), move});
  ASSERT_EQ(shown.size(), 2u);
  EXPECT_EQ(shown[1].standing, Standing::arriving);
  EXPECT_THAT(shown[1].effective_keywords, ElementsAre("new"));
}

}  // namespace
}  // namespace hermod::actions
