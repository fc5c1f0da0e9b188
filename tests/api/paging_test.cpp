// Paging laws of the lists, as clients rely on them.
#include <gmock/gmock.h>

#include <set>

#include "api/api_fixture.hpp"

namespace hermod::testing {
namespace {

using ::testing::ElementsAre;

class Paging : public ApiFixture {
 protected:
  void deliver_many(int count, std::int64_t seconds_apart) {
    std::vector<Mail> mails;
    for (int i = 0; i < count; ++i) {
      mails.push_back({.uid = std::to_string(1000 + i),
                       .at = 1'000'000 + i * seconds_apart,
                       .subject = "s" + std::to_string(i)});
    }
    deliver("INBOX", mails);
  }
  // All pages, one after the other; fails after pages_max.
  std::vector<std::string> walk(const std::string& target, std::size_t limit, const std::string& member) {
    constexpr int pages_max = 100;
    std::vector<std::string> values;
    std::string token;
    const std::string first =
        target + (target.find('?') == std::string::npos ? "?" : "&") + "limit=" + std::to_string(limit);
    for (int page = 0; page < pages_max; ++page) {
      const Answer answer = get(token.empty() ? first : first + "&page_token=" + token);
      EXPECT_EQ(answer.status, 200) << answer.body;
      EXPECT_LE(answer.count(), limit);
      for (const std::string& value : answer.all(member)) values.push_back(value);
      token = answer.at("next_cursor");
      if (token.empty()) return values;
      EXPECT_EQ(answer.count(), limit) << "a page before the last is full";
    }
    ADD_FAILURE() << "the list does not end";
    return values;
  }
};

// Every message once, in order, for any page size: dividing the count, or not.
TEST_F(Paging, pages_together_are_the_list) {
  deliver_many(12, 1);
  const auto whole = subjects("G/messages?limit=200");
  ASSERT_EQ(whole.size(), 12u);
  for (const std::size_t limit : {1u, 5u, 6u, 12u, 13u}) {
    EXPECT_EQ(walk("G/messages", limit, "subject"), whole) << limit;
    EXPECT_EQ(walk("G/messages?in=inbox", limit, "subject"), whole) << limit;
    EXPECT_EQ(walk("G/messages?unread=true", limit, "subject"), whole) << limit;
    EXPECT_EQ(walk("G/messages?any_email=bob%40example.test", limit, "subject"), whole) << limit;
    EXPECT_EQ(walk("G/threads", limit, "subject"), whole) << limit;
  }
}

// Messages of the same second are neither lost nor repeated between pages.
TEST_F(Paging, equal_times_lose_nothing) {
  deliver_many(9, 0);
  for (const std::string list : {"G/messages", "G/messages?in=inbox", "G/threads"}) {
    const auto values = walk(list, 2, "subject");
    EXPECT_EQ(values.size(), 9u);
    EXPECT_EQ(std::set(values.begin(), values.end()).size(), 9u);
  }
}

// Clients ask for the rest until they have what they wanted or there is no cursor.
TEST_F(Paging, cursor_is_absent_at_the_end) {
  deliver_many(3, 1);
  EXPECT_EQ(get("G/messages?limit=3").body.find("next_cursor"), std::string::npos);
  EXPECT_EQ(get("G/messages?limit=2").at("next_cursor").size(), 44u);
}

// More than the maximum is served page by page rather than refused.
TEST_F(Paging, limit_is_capped_at_200) {
  deliver_many(201, 1);
  const Answer answer = get("G/messages?limit=500");
  EXPECT_EQ(answer.count(), 200u);
  EXPECT_FALSE(answer.at("next_cursor").empty());
  EXPECT_EQ(get("G/messages").count(), 50u);
}

// A token still holds its place when the message that it stands on is gone and newer ones came.
TEST_F(Paging, token_survives_changes_around_it) {
  deliver_many(4, 1);
  const std::string token = get("G/messages?limit=2").at("next_cursor");
  remove("INBOX", {"1002"});
  deliver("INBOX", {{.uid = "9", .at = 2'000'000, .subject = "newest"}}, PageKind::delta);
  EXPECT_THAT(subjects("G/messages?page_token=" + token), ElementsAre("s1", "s0"));
}

// A token of another list, another account or another making is refused, not misread.
TEST_F(Paging, foreign_tokens_are_refused) {
  deliver_many(3, 1);
  const std::string token = get("G/messages?limit=1").at("next_cursor");
  EXPECT_EQ(get("G/threads?page_token=" + token).status, 400);
  std::string changed = token;
  changed[5] = changed[5] == 'A' ? 'B' : 'A';
  EXPECT_EQ(get("G/messages?page_token=" + changed).status, 400);
  const store::Grant other = connect("other@example.test");
  EXPECT_EQ(get("/v3/grants/" + ids::to_public(other.account_id) + "/messages?page_token=" + token).status,
            400);
  EXPECT_EQ(get("G/messages?page_token=" + token).status, 200);
}

TEST_F(Paging, folders_are_paged_in_the_order_found) {
  for (int i = 0; i < 5; ++i) listing_.push_back(folder("F" + std::to_string(i), Role::none));
  list();
  const auto whole = get("G/folders").all("id");
  ASSERT_EQ(whole.size(), 7u);
  EXPECT_EQ(walk("G/folders", 3, "id"), whole);
  EXPECT_EQ(walk("G/folders", 7, "id"), whole);
}

}  // namespace
}  // namespace hermod::testing
