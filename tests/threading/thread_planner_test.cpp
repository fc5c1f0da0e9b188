#include "core/threading/thread_planner.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/threading/thread_key.hpp"

namespace hermod::threading {
namespace {

// A message as a fixture: "id < parent grandparent" in any order of arrival.
struct Mail {
  const char* id;
  std::vector<const char*> references;
  const char* subject = "";
  std::vector<std::string> participants = {"a@x"};
  std::int64_t received_at = 1000;
};

ThreadedMessage message_of(const Mail& mail) {
  ThreadedMessage message;
  if (*mail.id != 0) message.mid_key = mid_key(mail.id);
  for (const char* reference : mail.references) message.reference_keys.push_back(mid_key(reference));
  const BaseSubject subject = base_subject(mail.subject);
  message.subject_key = subject_key(subject);
  if (message.subject_key && subject.kind == SubjectKind::reply && message.reference_keys.empty()) {
    message.subject_key = -*message.subject_key;
  }
  message.participants = mail.participants;
  message.received_at = mail.received_at;
  return message;
}

// The threads as sets of indices, in the order of arrival.
std::set<std::set<std::size_t>> groups(const std::vector<Mail>& mails) {
  ThreadPlanner planner;
  for (const Mail& mail : mails) planner.add(message_of(mail));
  std::map<ids::ObjectId, std::set<std::size_t>> by_thread;
  for (std::size_t i = 0; i < mails.size(); ++i) by_thread[planner.thread_of(i)].insert(i);
  std::set<std::set<std::size_t>> result;
  for (auto& [thread_id, members] : by_thread) result.insert(members);
  return result;
}
using Groups = std::set<std::set<std::size_t>>;

// Replies join their parent, strangers do not.
TEST(ThreadPlanner, replies_join_their_parent) {
  EXPECT_EQ(groups({{"p", {}}, {"c", {"p"}}, {"other", {}}, {"g", {"p", "c"}}}), (Groups{{0, 1, 3}, {2}}));
}

// Newest first: the parent comes last and makes one thread of what looked like two.
TEST(ThreadPlanner, a_late_parent_merges_its_children) {
  EXPECT_EQ(groups({{"g1", {"c1"}}, {"g2", {"c2"}}, {"c1", {"p"}}, {"c2", {"p"}}, {"p", {}}}), (Groups{{0, 1, 2, 3, 4}}));
}

// Two children name one parent that nobody holds: they are one thread.
TEST(ThreadPlanner, siblings_of_a_missing_parent_are_one_thread) {
  EXPECT_EQ(groups({{"c1", {"gone"}}, {"c2", {"gone"}}}), (Groups{{0, 1}}));
}

// The same subject alone ties nothing together.
TEST(ThreadPlanner, equal_subjects_alone_do_not_merge) {
  EXPECT_EQ(groups({{"a", {}, "Update"}, {"b", {}, "Update"}}), (Groups{{0}, {1}}));
}

// Some clients reply without References: subject, time and a shared participant must agree.
TEST(ThreadPlanner, a_reply_without_references_joins_by_subject) {
  const std::int64_t day = 24 * 3600;
  EXPECT_EQ(groups({{"a", {}, "Lunch", {"a@x", "b@x"}, 0}, {"b", {}, "Re: Lunch", {"b@x", "a@x"}, day}}), (Groups{{0, 1}}));
  EXPECT_EQ(groups({{"b", {}, "Re: Lunch", {"b@x", "a@x"}, day}, {"a", {}, "Lunch", {"a@x", "b@x"}, 0}}), (Groups{{0, 1}}));
  EXPECT_EQ(groups({{"a", {}, "Lunch", {"a@x"}, 0}, {"b", {}, "Re: Lunch", {"c@x"}, day}}), (Groups{{0}, {1}}));
  EXPECT_EQ(groups({{"a", {}, "Lunch", {"a@x"}, 0}, {"b", {}, "Re: Lunch", {"a@x"}, 8 * day}}), (Groups{{0}, {1}}));
  EXPECT_EQ(groups({{"a", {}, "Lunch", {"a@x"}, day}, {"b", {}, "Re: Lunch", {"a@x"}, 0}}), (Groups{{0}, {1}}));
}

// What the store holds: the older thread takes the newer in, and says so.
TEST(ThreadPlanner, held_threads_are_merged_into_the_oldest) {
  const ids::ObjectId older = ids::new_object_id();
  const ids::ObjectId newer = ids::new_object_id();
  ThreadPlanner planner;
  planner.know_key(mid_key("c1"), newer);
  planner.know_key(mid_key("c2"), older);
  planner.add(message_of({"p", {"c1", "c2"}}));
  EXPECT_EQ(planner.thread_of(0), older);
  EXPECT_FALSE(planner.is_new(older));
  ASSERT_EQ(planner.merges().size(), 1u);
  EXPECT_EQ(planner.merges()[0].from, newer);
  EXPECT_EQ(planner.merges()[0].into, older);
}

// Keys that the store must remember: named parents that are not in the page and were not known.
TEST(ThreadPlanner, new_reference_keys_are_those_nobody_holds) {
  ThreadPlanner planner;
  planner.know_key(mid_key("held"), ids::new_object_id());
  planner.add(message_of({"b", {"a", "held", "missing"}}));
  planner.add(message_of({"a", {}}));
  const std::vector<ids::ObjectId> keys = planner.new_reference_keys();
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0], mid_key("missing"));
  EXPECT_EQ(planner.thread_of_key(keys[0]), planner.thread_of(0));
}

// A provider's own thread ids decide alone.
TEST(ThreadPlanner, provider_threads_win) {
  ThreadPlanner planner;
  ThreadedMessage first = message_of({"a", {}});
  ThreadedMessage second = message_of({"b", {"a"}});
  first.provider_thread = "t1";
  second.provider_thread = "t2";
  planner.add(first);
  planner.add(second);
  EXPECT_NE(planner.thread_of(0), planner.thread_of(1));
}

}  // namespace
}  // namespace hermod::threading
