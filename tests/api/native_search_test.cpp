// search_query_native: the provider's search, narrowed, ordered and paged like any list.
#include "api/api_fixture.hpp"

namespace hermod::testing {
namespace {

class NativeSearch : public ApiFixture {
 protected:
  NativeSearch() {
    deliver("INBOX", {{.uid = "1", .at = 1'700'000'001, .subject = "a"},
                      {.uid = "2", .at = 1'700'000'002, .subject = "b"},
                      {.uid = "3", .at = 1'700'000'003, .subject = "c", .flags = 1},
                      {.uid = "4", .at = 1'700'000'004, .subject = "d"}});
    deliver("Archive", {{.uid = "5", .at = 1'700'000'005, .subject = "e", .parent = "m1@mail.test"}});
  }
  void find(const std::vector<std::string>& found) {
    std::vector<ids::ObjectId> ids;
    for (const std::string& subject : found) ids.push_back(*ids::parse_public(message_id(subject)));
    live_.answer = store::answer_of_message_ids(ids);
  }
  using Subjects = std::vector<std::string>;
};

// What is found and synced is listed, in the order of every list.
TEST_F(NativeSearch, lists_what_the_provider_found) {
  find({"b", "e", "a"});
  EXPECT_EQ(subjects("G/messages?search_query_native=TEXT+%22x+y%22"), (Subjects{"e", "b", "a"}));
  EXPECT_EQ(live_.argument, (std::vector<std::string>{"TEXT \"x y\""}));
  find({});
  EXPECT_EQ(subjects("G/messages?search_query_native=ALL"), Subjects{});
}

// The other parameters mean what they mean everywhere.
TEST_F(NativeSearch, other_filters_narrow_it) {
  find({"a", "b", "c", "e"});
  EXPECT_EQ(subjects("G/messages?search_query_native=ALL&unread=true"), (Subjects{"e", "b", "a"}));
  EXPECT_EQ(subjects("G/messages?search_query_native=ALL&received_before=1700000002"), Subjects{"a"});
  EXPECT_EQ(subjects("G/messages?search_query_native=ALL&subject=c"), Subjects{"c"});
  EXPECT_EQ(subjects("G/messages?search_query_native=ALL&in=inbox"), (Subjects{"c", "b", "a"}));
  EXPECT_EQ(live_.argument, (std::vector<std::string>{"ALL", "inbox"}));
  EXPECT_EQ(subjects("G/messages?search_query_native=ALL&in=inbox&in=" + folder_id("Archive")),
            (Subjects{"e", "c", "b", "a"}));
  const Answer selected = get("G/messages?search_query_native=ALL&select=id,subject&limit=1");
  EXPECT_EQ(selected.json->getArray("data")->getObject(0)->size(), 2u);
}

// The provider is asked once for all pages; a result that is no longer kept is asked for again.
TEST_F(NativeSearch, pages_go_on_in_one_result) {
  find({"a", "b", "d", "e"});
  const std::string target = "G/messages?search_query_native=ALL&limit=2";
  const Answer first = get(target);
  EXPECT_EQ(first.all("subject"), (Subjects{"e", "d"}));
  find({"a", "b", "c", "d", "e"});
  const std::string next = target + "&page_token=" + first.at("next_cursor");
  const Answer second = get(next);
  EXPECT_EQ(second.all("subject"), (Subjects{"b", "a"}));
  EXPECT_EQ(second.at("next_cursor"), "");
  EXPECT_EQ(live_.calls, 1);
  value("WITH gone AS (DELETE FROM search_results RETURNING 1) SELECT count(*) FROM gone");
  EXPECT_EQ(get(next).all("subject"), (Subjects{"c", "b"}));
  EXPECT_EQ(live_.calls, 2);
  // Of another search nothing is kept, though the token is the same.
  EXPECT_EQ(get("G/messages?search_query_native=SEEN&limit=2&page_token=" + first.at("next_cursor")).status,
            200);
  EXPECT_EQ(live_.calls, 3);
}

// Threads with a message that was found.
TEST_F(NativeSearch, lists_threads_of_what_was_found) {
  find({"a", "c"});
  EXPECT_EQ(get("G/threads?search_query_native=ALL").all("subject"), (Subjects{"e", "c"}));
  const Answer first = get("G/threads?search_query_native=ALL&limit=1");
  EXPECT_EQ(first.all("subject"), Subjects{"e"});
  EXPECT_EQ(
      get("G/threads?search_query_native=ALL&limit=1&page_token=" + first.at("next_cursor")).all("subject"),
      Subjects{"c"});
  EXPECT_EQ(get("G/threads?search_query_native=ALL&in=archive").count(), 0u);
}

struct Failure {
  ErrorKind kind;
  int status;
  const char* type;
};

// What the session answers is told in the contract's shape, and when to try again.
TEST_F(NativeSearch, failures_have_their_status) {
  for (const Failure& one : {Failure{ErrorKind::invalid_argument, 400, "api.invalid_request_error"},
                             Failure{ErrorKind::unsupported, 501, "api.not_implemented"},
                             Failure{ErrorKind::unavailable, 503, "api.unavailable_error"},
                             Failure{ErrorKind::timeout, 504, "api.provider_error"},
                             Failure{ErrorKind::limit, 413, "api.limit_error"},
                             Failure{ErrorKind::rate_limited, 429, "api.rate_limit_error"}}) {
    live_.answer = Error{
        one.kind, ErrorScope::item, Retry::after(std::chrono::seconds(7)), "at character 3", {}, "hint", {}};
    const Answer answer = get("G/messages?search_query_native=x");
    EXPECT_EQ(answer.status, one.status);
    EXPECT_EQ(answer.at("error.type"), one.type);
    EXPECT_EQ(answer.at("error.message"), "at character 3");
    const bool later = one.status == 429 || one.status == 503 || one.status == 504;
    EXPECT_EQ(answer.header("Retry-After"), later ? "7" : "");
  }
}

// A grant that nobody syncs is not asked.
TEST_F(NativeSearch, a_stopped_grant_answers_at_once) {
  auto connection = database_.connect();
  ASSERT_TRUE(store::set_sync_state(connection, lease_.account, {"invalid", "stopped", "{}"}));
  const Answer answer = get("G/messages?search_query_native=ALL");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("Retry-After"), "60");
  EXPECT_EQ(live_.calls, 0);
}

// A grant of a provider without a search, and what is too long to be one.
TEST_F(NativeSearch, what_cannot_be_asked_is_refused) {
  value("WITH other AS (UPDATE grants SET provider = 'plain' RETURNING 1) SELECT count(*) FROM other");
  EXPECT_EQ(get("G/messages?search_query_native=" + std::string(9000, 'x')).status, 400);
  const Answer answer = get("G/messages?search_query_native=ALL");
  EXPECT_EQ(answer.status, 501);
  EXPECT_EQ(answer.at("error.type"), "api.not_implemented");
  EXPECT_EQ(live_.calls, 0);
}

}  // namespace
}  // namespace hermod::testing
