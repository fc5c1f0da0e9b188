// GET messages: order, members, every filter.
#include <gmock/gmock.h>

#include "api/api_fixture.hpp"

namespace hermod::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

using MessageList = ApiFixture;

// Newest first by the time of receipt, whatever the order of delivery.
TEST_F(MessageList, is_newest_first) {
  deliver("INBOX", {{.uid = "1", .at = 200, .subject = "middle"},
                    {.uid = "2", .at = 300, .subject = "new"},
                    {.uid = "3", .at = 100, .subject = "old"}});
  EXPECT_THAT(subjects("G/messages"), ElementsAre("new", "middle", "old"));
}

// The members of contract C3, in the types that clients declare for them.
TEST_F(MessageList, writes_the_members_of_the_contract) {
  deliver("INBOX", {{.uid = "1",
                     .at = 200,
                     .from = "Ann <Ann@Example.test>",
                     .to = "bob@example.test, Cy <cy@example.test>",
                     .cc = "dd@example.test",
                     .subject = "Gr\xc3\xbc\xc3\x9f\x65 \"quoted\"",
                     .attachment = "text",
                     .flags = 2}});
  const Answer answer = get("G/messages");
  EXPECT_EQ(answer.at("data[0].object"), "message");
  EXPECT_EQ(answer.at("data[0].grant_id"), grant_id());
  EXPECT_EQ(answer.at("data[0].id").size(), 25u);
  EXPECT_EQ(answer.at("data[0].thread_id").size(), 25u);
  EXPECT_EQ(answer.at("data[0].date"), "200");
  EXPECT_EQ(answer.at("data[0].subject"), "Gr\xc3\xbc\xc3\x9f\x65 \"quoted\"");
  EXPECT_EQ(answer.at("data[0].from[0].email"), "Ann@Example.test");
  EXPECT_EQ(answer.at("data[0].from[0].name"), "Ann");
  EXPECT_EQ(answer.at("data[0].to[1].email"), "cy@example.test");
  EXPECT_EQ(answer.at("data[0].cc[0].email"), "dd@example.test");
  EXPECT_EQ(answer.count("data[0].bcc"), 0u);
  EXPECT_EQ(answer.at("data[0].snippet"), "body of 1");
  EXPECT_EQ(answer.at("data[0].starred"), "true");
  EXPECT_EQ(answer.at("data[0].unread"), "true");
  EXPECT_EQ(answer.at("data[0].folders[0]"), folder_id("INBOX"));
  EXPECT_EQ(answer.at("data[0].attachments[0].filename"), "report \xc3\xa9.txt");
  EXPECT_EQ(answer.at("data[0].attachments[0].grant_id"), grant_id());
  EXPECT_EQ(answer.at("data[0].attachments[0].size"), "4");
  EXPECT_EQ(answer.body.find("part_path"), std::string::npos);
}

// A message in two folders is one message that names both.
TEST_F(MessageList, names_every_folder_once) {
  const Mail mail{.uid = "1", .subject = "both"};
  deliver("INBOX", {mail});
  deliver("Archive", {mail});
  const Answer answer = get("G/messages");
  ASSERT_EQ(answer.count(), 1u);
  EXPECT_THAT((std::vector{answer.at("data[0].folders[0]"), answer.at("data[0].folders[1]")}),
              UnorderedElementsAre(folder_id("INBOX"), folder_id("Archive")));
  EXPECT_EQ(answer.count("data[0].folders"), 2u);
}

// The same message twice in a folder appears once in its list, also when the copies were received at other
// times.
TEST_F(MessageList, folder_list_has_no_message_twice) {
  Mail first{.uid = "1", .at = 100, .subject = "copied", .mid = "same@mail.test"};
  Mail second = first;
  second.uid = "2";
  second.at = 500;
  std::vector<Item> items = {first.item(), second.item()};
  items[1].raw = items[0].raw;
  items[1].size = items[0].size;
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot, std::move(items)}));
  EXPECT_THAT(subjects("G/messages?in=INBOX"), ElementsAre("copied"));
}

// The official SDK's users read `body` from lists; `select` leaves it out for those who do not need it.
TEST_F(MessageList, carries_bodies_unless_select_leaves_them_out) {
  deliver("INBOX", {{.uid = "1"}});
  EXPECT_NE(get("G/messages").at("data[0].body").find("body of 1"), std::string::npos);
  EXPECT_NE(get("G/messages?select=id,body").at("data[0].body").find("body of 1"), std::string::npos);
  EXPECT_EQ(get("G/messages?select=id").at("data[0].body"), "");
}

// `select` leaves out everything else.
TEST_F(MessageList, select_keeps_what_it_names) {
  deliver("INBOX", {{.uid = "1", .subject = "chosen"}});
  const Answer answer = get("G/messages?select=id%2Csubject");
  EXPECT_EQ(answer.at("data[0].subject"), "chosen");
  EXPECT_EQ(answer.json->getArray("data")->getObject(0)->size(), 2u);
}

// A folder is named by its id, its role or its whole path.
TEST_F(MessageList, in_takes_id_role_and_path) {
  listing_.push_back(folder("Work/Deep/2024", Role::none));
  list();
  deliver("INBOX", {{.uid = "1", .subject = "inbox"}});
  deliver("Archive", {{.uid = "2", .subject = "archive"}});
  deliver("Work/Deep/2024", {{.uid = "3", .subject = "deep"}});
  EXPECT_THAT(subjects("G/messages?in=" + folder_id("Archive")), ElementsAre("archive"));
  EXPECT_THAT(subjects("G/messages?in=archive"), ElementsAre("archive"));
  EXPECT_THAT(subjects("G/messages?in=INBOX"), ElementsAre("inbox"));
  EXPECT_THAT(subjects("G/messages?in=Work%2FDeep%2F2024"), ElementsAre("deep"));
  EXPECT_THAT(subjects("G/messages?in=Nowhere"), IsEmpty());
  EXPECT_THAT(subjects("G/messages?in=archive&in=Work/Deep/2024"), UnorderedElementsAre("archive", "deep"));
}

// A folder that bears the name of a role is found by its path only where no folder has that role.
TEST_F(MessageList, role_comes_before_path) {
  listing_.push_back(folder("sent", Role::none));
  listing_.push_back(folder("Sent Items", Role::sent));
  list();
  deliver("sent", {{.uid = "1", .subject = "by path"}});
  deliver("Sent Items", {{.uid = "2", .subject = "by role"}});
  EXPECT_THAT(subjects("G/messages?in=sent"), ElementsAre("by role"));
  EXPECT_THAT(subjects("G/messages?in=Sent%20Items"), ElementsAre("by role"));
}

TEST_F(MessageList, filters_by_flags_dates_and_attachment) {
  deliver("INBOX", {{.uid = "1", .at = 100, .subject = "seen", .flags = 1},
                    {.uid = "2", .at = 200, .subject = "flagged", .flags = 3},
                    {.uid = "3", .at = 300, .subject = "file", .attachment = "text"}});
  EXPECT_THAT(subjects("G/messages?unread=true"), ElementsAre("file"));
  EXPECT_THAT(subjects("G/messages?unread=false"), ElementsAre("flagged", "seen"));
  EXPECT_THAT(subjects("G/messages?starred=true"), ElementsAre("flagged"));
  EXPECT_THAT(subjects("G/messages?starred=false&in=inbox"), ElementsAre("file", "seen"));
  EXPECT_THAT(subjects("G/messages?has_attachment=true"), ElementsAre("file"));
  EXPECT_THAT(subjects("G/messages?has_attachment=false"), ElementsAre("flagged", "seen"));
  EXPECT_THAT(subjects("G/messages?received_before=200"), ElementsAre("seen"));
  EXPECT_THAT(subjects("G/messages?received_after=200&in=inbox"), ElementsAre("file"));
  EXPECT_THAT(subjects("G/messages?unread=undefined&limit=2"), ElementsAre("file", "flagged"));
}

TEST_F(MessageList, filters_by_thread) {
  deliver("INBOX", {{.uid = "1", .subject = "question", .mid = "q@x"},
                    {.uid = "2", .subject = "Re: question", .parent = "q@x"},
                    {.uid = "3", .subject = "other"}});
  const std::string thread = get("G/messages/" + message_id("question")).at("data.thread_id");
  EXPECT_THAT(subjects("G/messages?thread_id=" + thread), UnorderedElementsAre("question", "Re: question"));
  EXPECT_THAT(subjects("G/messages?thread_id=nothing"), IsEmpty());
}

// What lost its last folder is gone from lists, and still there for who knows its id.
TEST_F(MessageList, leaves_out_what_lost_its_last_folder) {
  deliver("INBOX", {{.uid = "1", .subject = "stays"}, {.uid = "2", .subject = "goes"}});
  const std::string gone = message_id("goes");
  remove("INBOX", {"2"});
  EXPECT_THAT(subjects("G/messages"), ElementsAre("stays"));
  EXPECT_EQ(get("G/messages/" + gone).at("data.subject"), "goes");
}

// Addresses and subjects are found alike by the index, beside it where it is not filled yet, and by a scan.
enum class Filled { not_at_all, partly, wholly, not_at_all_and_log_lost };
class SearchedFilter : public ApiFixture, public ::testing::WithParamInterface<Filled> {
 protected:
  void SetUp() override {
    deliver("INBOX", {{.uid = "1",
                       .at = 100,
                       .from = "Ann <Ann@Example.test>",
                       .to = "bob@example.test",
                       .subject = "100% sure"},
                      {.uid = "2",
                       .at = 200,
                       .from = "cy@example.test",
                       .to = "ann@example.test",
                       .cc = "dd@example.test",
                       .subject = "Quarterly Report"}});
    if (GetParam() == Filled::partly) fill_search();
    deliver("INBOX",
            {{.uid = "3",
              .at = 300,
              .from = "ee@example.test",
              .to = "ff@example.test, bob@example.test",
              .bcc = "ann@example.test",
              .subject = "quarterly report"}},
            PageKind::delta);
    if (GetParam() == Filled::wholly) fill_search();
    // Without the log nobody knows which messages the search lacks: every one must be looked at.
    if (GetParam() == Filled::not_at_all_and_log_lost) value("DELETE FROM change_log RETURNING 1");
  }
};

TEST_P(SearchedFilter, address_is_found_in_its_field) {
  EXPECT_THAT(subjects("G/messages?from=ann%40example.test"), ElementsAre("100% sure"));
  EXPECT_THAT(subjects("G/messages?to=ANN%40example.test"), ElementsAre("Quarterly Report"));
  EXPECT_THAT(subjects("G/messages?cc=dd%40example.test"), ElementsAre("Quarterly Report"));
  EXPECT_THAT(subjects("G/messages?bcc=ann%40example.test"), ElementsAre("quarterly report"));
  EXPECT_THAT(subjects("G/messages?from=nn%40example.test"), IsEmpty());
}

TEST_P(SearchedFilter, several_addresses_are_alternatives_and_fields_are_not) {
  EXPECT_THAT(subjects("G/messages?from=ann%40example.test&from=ee%40example.test"),
              ElementsAre("quarterly report", "100% sure"));
  EXPECT_THAT(subjects("G/messages?from=ann%40example.test&to=ff%40example.test"), IsEmpty());
  EXPECT_THAT(subjects("G/messages?to=bob%40example.test&in=inbox&received_after=100"),
              ElementsAre("quarterly report"));
}

TEST_P(SearchedFilter, any_email_looks_everywhere_in_both_spellings) {
  EXPECT_THAT(subjects("G/messages?any_email=ann%40example.test"),
              ElementsAre("quarterly report", "Quarterly Report", "100% sure"));
  EXPECT_THAT(subjects("G/messages?any_email=dd%40example.test%2Cff%40example.test"),
              ElementsAre("quarterly report", "Quarterly Report"));
  EXPECT_THAT(subjects("G/messages?any_email=dd%40example.test&any_email=ee%40example.test"),
              ElementsAre("quarterly report", "Quarterly Report"));
}

// A substring as it stands, in its letter case, in which the database's own pattern characters mean nothing.
TEST_P(SearchedFilter, subject_is_a_case_sensitive_substring) {
  EXPECT_THAT(subjects("G/messages?subject=Report"), ElementsAre("Quarterly Report"));
  EXPECT_THAT(subjects("G/messages?subject=erly+r"), ElementsAre("quarterly report"));
  EXPECT_THAT(subjects("G/messages?subject=0%25"), ElementsAre("100% sure"));
  EXPECT_THAT(subjects("G/messages?subject=_uarterly"), IsEmpty());
  EXPECT_THAT(subjects("G/messages?subject=%5C"), IsEmpty());
}

std::string name_of(const ::testing::TestParamInfo<Filled>& info) {
  constexpr const char* names[] = {"not_filled", "partly_filled", "wholly_filled", "log_lost"};
  return names[static_cast<int>(info.param)];
}
INSTANTIATE_TEST_SUITE_P(search, SearchedFilter,
                         ::testing::Values(Filled::not_at_all, Filled::partly, Filled::wholly,
                                           Filled::not_at_all_and_log_lost),
                         name_of);

// Nonsense is named; nothing is guessed.
TEST_F(MessageList, refuses_what_makes_no_sense) {
  for (const char* query : {"limit=0", "limit=-1", "limit=many", "unread=maybe", "received_after=yesterday",
                            "fields=all", "page_token=garbage", "page_token=%2B%2B"}) {
    const Answer answer = get(std::string("G/messages?") + query);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_EQ(answer.at("error.type"), "api.invalid_request_error") << query;
  }
  std::string many = "G/messages?x=1";
  for (int i = 0; i < 26; ++i) many += "&any_email=a" + std::to_string(i) + "%40example.test";
  EXPECT_EQ(get(many).status, 400);
}

// What is of another provider is accepted and ignored, and what is not offered says so.
TEST_F(MessageList, ignores_query_imap_and_refuses_the_search_it_does_not_have) {
  deliver("INBOX", {{.uid = "1", .subject = "one"}});
  EXPECT_THAT(subjects("G/messages?query_imap=true"), ElementsAre("one"));
  EXPECT_EQ(get("G/messages?q=one").at("error.type"), "api.not_implemented");
}

}  // namespace
}  // namespace hermod::testing
