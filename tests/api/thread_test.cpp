// GET threads.
#include <gmock/gmock.h>

#include "api/api_fixture.hpp"

namespace hermod::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ThreadsOf : public ApiFixture {
 protected:
  // A question, the answer that we sent, a draft of the next one; and another thread, older.
  void deliver_conversation() {
    listing_.push_back(folder("Sent", Role::sent));
    listing_.push_back(folder("Drafts", Role::drafts));
    list();
    deliver("INBOX", {{.uid = "1", .at = 100, .subject = "question", .mid = "q@x", .flags = 1},
                      {.uid = "2", .at = 50, .from = "zed@example.test", .subject = "older"}});
    deliver("Sent", {{.uid = "1",
                      .at = 200,
                      .from = "bob@example.test",
                      .to = "ANN@example.test, Cy <cy@example.test>",
                      .subject = "Re: question",
                      .mid = "a@x",
                      .parent = "q@x",
                      .attachment = "text",
                      .flags = 3}});
    deliver("Drafts", {{.uid = "1",
                        .at = 300,
                        .from = "bob@example.test",
                        .to = "ann@example.test",
                        .subject = "Re: question",
                        .mid = "d@x",
                        .parent = "a@x",
                        .flags = 9}});
  }
  std::vector<std::string> list_of(const std::string& query) { return subjects("G/threads" + query); }
};

TEST_F(ThreadsOf, thread_sums_its_messages_up) {
  deliver_conversation();
  const Answer answer = get("G/threads");
  ASSERT_EQ(answer.count(), 2u);
  EXPECT_EQ(answer.at("data[0].object"), "thread");
  EXPECT_EQ(answer.at("data[0].grant_id"), grant_id());
  EXPECT_EQ(answer.at("data[0].unread"), "false");
  EXPECT_EQ(answer.at("data[0].starred"), "true");
  EXPECT_EQ(answer.at("data[0].has_attachments"), "true");
  EXPECT_EQ(answer.at("data[0].has_drafts"), "true");
  EXPECT_EQ(answer.at("data[0].earliest_message_date"), "100");
  EXPECT_EQ(answer.at("data[0].latest_message_received_date"), "100");
  EXPECT_EQ(answer.at("data[0].latest_message_sent_date"), "200");
  EXPECT_EQ(answer.count("data[0].message_ids"), 2u);
  EXPECT_EQ(answer.count("data[0].draft_ids"), 1u);
  EXPECT_EQ(answer.count("data[0].folders"), 3u);
  EXPECT_EQ(answer.at("data[1].subject"), "older");
  EXPECT_EQ(answer.at("data[1].unread"), "true");
  EXPECT_EQ(answer.at("data[1].has_drafts"), "false");
}

// Each person once, as first seen, whatever the letter case of the address.
TEST_F(ThreadsOf, participants_are_distinct) {
  deliver_conversation();
  const Answer answer = get("G/threads");
  ASSERT_EQ(answer.count("data[0].participants"), 3u);
  EXPECT_EQ(answer.at("data[0].participants[0].email"), "ann@example.test");
  EXPECT_EQ(answer.at("data[0].participants[0].name"), "Ann");
  EXPECT_EQ(answer.at("data[0].participants[1].email"), "bob@example.test");
  EXPECT_EQ(answer.at("data[0].participants[2].name"), "Cy");
}

// The latest message comes whole; a draft says that it is one.
TEST_F(ThreadsOf, latest_is_a_full_object) {
  deliver_conversation();
  const Answer listed = get("G/threads");
  EXPECT_EQ(listed.at("data[0].latest_draft_or_message.object"), "draft");
  EXPECT_EQ(listed.at("data[0].latest_draft_or_message.date"), "300");
  EXPECT_EQ(listed.at("data[1].latest_draft_or_message.object"), "message");
  EXPECT_EQ(listed.at("data[1].latest_draft_or_message.from[0].email"), "zed@example.test");
  const Answer found = get("G/threads/" + listed.at("data[1].id"));
  EXPECT_EQ(found.at("data.id"), listed.at("data[1].id"));
  EXPECT_NE(found.at("data.latest_draft_or_message.body").find("body of 2"), std::string::npos);
}

TEST_F(ThreadsOf, unknown_thread_is_not_found) {
  EXPECT_EQ(get("G/threads/T").at("error.type"), "api.not_found_error");
  EXPECT_EQ(get("G/threads/0000000000000000000000000").status, 404);
}

TEST_F(ThreadsOf, filters_are_of_the_thread_or_of_one_message) {
  deliver_conversation();
  const std::string talk = "Re: question";
  EXPECT_THAT(list_of("?unread=true"), ElementsAre("older"));
  EXPECT_THAT(list_of("?unread=false"), ElementsAre(talk));
  EXPECT_THAT(list_of("?starred=true"), ElementsAre(talk));
  EXPECT_THAT(list_of("?starred=false"), ElementsAre("older"));
  EXPECT_THAT(list_of("?has_attachment=true"), ElementsAre(talk));
  EXPECT_THAT(list_of("?in=sent"), ElementsAre(talk));
  EXPECT_THAT(list_of("?in=INBOX"), ElementsAre(talk, "older"));
  EXPECT_THAT(list_of("?from=zed%40example.test"), ElementsAre("older"));
  EXPECT_THAT(list_of("?to=cy%40example.test&from=bob%40example.test"), ElementsAre(talk));
  EXPECT_THAT(list_of("?to=cy%40example.test&from=ann%40example.test"),
              IsEmpty());  // no one message has both
  EXPECT_THAT(list_of("?any_email=cy%40example.test%2Czed%40example.test"), ElementsAre(talk, "older"));
  EXPECT_THAT(list_of("?subject=quest"), ElementsAre(talk));
  EXPECT_THAT(list_of("?latest_message_before=100"), ElementsAre("older"));
  EXPECT_THAT(list_of("?latest_message_after=100"), ElementsAre(talk));
  fill_search();
  EXPECT_THAT(list_of("?to=cy%40example.test&from=bob%40example.test"), ElementsAre(talk));
  EXPECT_THAT(list_of("?subject=quest&in=inbox"), ElementsAre(talk));
}

// A thread all of whose messages are gone is gone.
TEST_F(ThreadsOf, thread_without_messages_is_not_shown) {
  deliver("INBOX", {{.uid = "1", .subject = "goes"}, {.uid = "2", .subject = "stays"}});
  const std::string thread = get("G/messages/" + message_id("goes")).at("data.thread_id");
  remove("INBOX", {"1"});
  EXPECT_THAT(list_of(""), ElementsAre("stays"));
  EXPECT_EQ(get("G/threads/" + thread).status, 404);
}

TEST_F(ThreadsOf, select_keeps_what_it_names) {
  deliver("INBOX", {{.uid = "1"}});
  EXPECT_EQ(get("G/threads?select=id").json->getArray("data")->getObject(0)->size(), 1u);
}

}  // namespace
}  // namespace hermod::testing
