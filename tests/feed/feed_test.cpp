// G/changes and /v3/changes in process: snapshot, hand-over to the log, filters, refusals.
#include <gmock/gmock.h>

#include <set>

#include "api/api_fixture.hpp"
#include "core/feed/sequencer.hpp"
#include "core/store/page_write.hpp"
#include "server/feed/feed_routes.hpp"

namespace hermod::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsSupersetOf;

class FeedOf : public ApiFixture {
 protected:
  FeedOf() : hub_(database_.database(), metrics_, {}) {
    server::add_feed_routes(router_, {database_.database(), hub_});
  }

  struct Entry {
    std::string object, type, id, subject, initial;
    bool has_data = false;
  };
  // One page; `cursor_` goes on.
  std::vector<Entry> page(const std::string& target, const std::string& query) {
    const Answer answer = get(target + "?" + query + (cursor_.empty() ? "" : "&cursor=" + cursor_));
    EXPECT_EQ(answer.status, 200) << answer.body;
    cursor_ = answer.at("next_cursor");
    EXPECT_FALSE(cursor_.empty());
    more_ = answer.at("has_more") == "true";
    std::vector<Entry> entries;
    for (std::size_t i = 0; i < answer.count(); ++i) {
      const std::string at = "data[" + std::to_string(i) + "].";
      EXPECT_EQ(answer.at(at + "grant_id").size(), ids::public_id_length);
      entries.push_back({answer.at(at + "object"), answer.at(at + "type"), answer.at(at + "id"),
                         answer.at(at + "data.subject"), answer.at(at + "initial"),
                         !answer.at(at + "data.id").empty()});
    }
    return entries;
  }
  std::vector<Entry> rest(const std::string& target, const std::string& query) {
    constexpr int pages_max = 200;
    std::vector<Entry> all;
    for (int i = 0; i < pages_max; ++i) {
      for (Entry& entry : page(target, query)) all.push_back(std::move(entry));
      if (!more_) return all;
    }
    ADD_FAILURE() << "the feed does not end";
    return all;
  }
  static std::vector<std::string> subjects_of(const std::vector<Entry>& entries) {
    std::vector<std::string> found;
    for (const Entry& entry : entries) {
      if (entry.object == "message" && entry.type == "created") found.push_back(entry.subject);
    }
    return found;
  }
  static std::vector<std::string> names_of(const std::vector<Entry>& entries) {
    std::vector<std::string> found;
    for (const Entry& entry : entries) found.push_back(entry.object + "." + entry.type);
    return found;
  }
  void place() {
    auto connection = database_.connect();
    for (int i = 0; i < 100; ++i) {
      auto placed = feed::place_changes(connection);
      ASSERT_TRUE(placed) << placed.error().detail;
      if (!*placed) return;
    }
  }
  void begin_now(const std::string& target = "G/changes") {
    cursor_ = get(target + "?cursor=now").at("next_cursor");
  }

  server::FeedHub hub_;
  std::string cursor_;
  bool more_ = false;
};

// Grant, folders, threads and messages once each, marked as history, whatever the size of a page.
TEST_F(FeedOf, snapshot_is_everything_once) {
  deliver("INBOX",
          {{.uid = "1", .subject = "a"}, {.uid = "2", .subject = "b"}, {.uid = "3", .subject = "c"}});
  for (const std::string limit : {"1", "2", "7", "1000"}) {
    cursor_.clear();
    const auto entries = rest("G/changes", "limit=" + limit + "&include=data");
    ASSERT_EQ(entries.size(), 1u + 2u + 3u + 3u) << limit;
    std::set<std::string> ids;
    for (const Entry& entry : entries) {
      EXPECT_EQ(entry.type, "created");
      EXPECT_EQ(entry.initial, "true");
      ids.insert(entry.object + entry.id);
    }
    EXPECT_EQ(ids.size(), entries.size());
    EXPECT_THAT(subjects_of(entries), IsSupersetOf({"a", "b", "c"}));
  }
}

// The law of the hand-over: who applies snapshot and log in order ends with what is there.
TEST_F(FeedOf, changes_during_the_snapshot_are_not_lost) {
  std::vector<Mail> mails;
  for (int i = 0; i < 6; ++i)
    mails.push_back({.uid = std::to_string(i + 1), .subject = "s" + std::to_string(i)});
  deliver("INBOX", mails);
  std::map<std::string, std::string> copy;  // id → subject
  const auto apply = [&](const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) {
      if (entry.type == "deleted" || !entry.has_data) {
        copy.erase(entry.id);
      } else {
        copy[entry.id] = entry.subject;
      }
    }
  };
  constexpr int pages_before = 3, pages_max = 100;
  const std::string query = "limit=1&include=data&types=message";
  for (int i = 0; i < pages_before; ++i) apply(page("G/changes", query));
  // One that was read and one that was not go for good, one comes.
  const auto was_read = [&](const Mail& mail) {
    return std::ranges::any_of(copy, [&](const auto& each) { return each.second == mail.subject; });
  };
  const auto read = std::ranges::find_if(mails, was_read), unread = std::ranges::find_if_not(mails, was_read);
  ASSERT_NE(read, mails.end());
  ASSERT_NE(unread, mails.end());
  remove("INBOX", {read->uid, unread->uid});
  auto connection = database_.connect();
  ASSERT_EQ(*store::delete_orphans(connection, lease_.account, round_ + 1), 2u);
  deliver("INBOX", {{.uid = "7", .subject = "new"}}, PageKind::delta);
  for (int i = 0; more_; ++i) {
    ASSERT_LT(i, pages_max);
    apply(page("G/changes", query));
  }
  std::map<std::string, std::string> listed;
  const Answer list = get("G/messages");
  for (std::size_t i = 0; i < list.count(); ++i) {
    const std::string at = "data[" + std::to_string(i) + "].";
    listed[list.at(at + "id")] = list.at(at + "subject");
  }
  EXPECT_EQ(listed.size(), mails.size() - 2 + 1);
  EXPECT_EQ(copy, listed);
}

TEST_F(FeedOf, now_begins_after_what_there_is) {
  deliver("INBOX", {{.uid = "1", .subject = "old"}});
  begin_now();
  EXPECT_TRUE(page("G/changes", "").empty());
  deliver("INBOX", {{.uid = "2", .subject = "new"}}, PageKind::delta);
  EXPECT_THAT(subjects_of(rest("G/changes", "include=data")), ElementsAre("new"));
  EXPECT_TRUE(page("G/changes", "").empty());
}

// Over all accounts, what has no position yet is not seen; then each entry once.
TEST_F(FeedOf, keywords_are_told_as_what_changed) {
  deliver("INBOX", {{.uid = "1", .subject = "a"}});
  begin_now();
  Item marked = Mail{.uid = "1", .subject = "a"}.item();
  marked.keywords = {"work"};
  ASSERT_TRUE(ingest("INBOX", {.items = {marked}}));
  const Answer answer = get("G/changes?include=data&cursor=" + cursor_);
  EXPECT_EQ(answer.count(), 1u) << answer.body;  // its thread has none
  EXPECT_EQ(answer.at("data[0].changed[0]"), "keywords");
  EXPECT_EQ(answer.count("data[0].changed"), 1u);
  EXPECT_EQ(answer.at("data[0].data.keywords[0]"), "work");
}

TEST_F(FeedOf, application_feed_follows_positions) {
  place();
  begin_now("/v3/changes");
  deliver("INBOX", {{.uid = "1", .subject = "one"}, {.uid = "2", .subject = "two"}}, PageKind::delta);
  EXPECT_TRUE(page("/v3/changes", "").empty());
  place();
  EXPECT_THAT(subjects_of(rest("/v3/changes", "limit=1&include=data")), ElementsAre("one", "two"));
}

TEST_F(FeedOf, application_snapshot_goes_through_its_grants) {
  const store::Grant other = connect("other@example.test");
  deliver("INBOX", {{.uid = "1", .subject = "one"}});
  place();
  const auto entries = rest("/v3/changes", "limit=2");
  std::vector<std::string> grants;
  for (const Entry& entry : entries) {
    if (entry.object == "grant") grants.push_back(entry.id);
  }
  EXPECT_THAT(grants, ::testing::UnorderedElementsAre(grant_id(), ids::to_public(other.account_id)));
  cursor_.clear();
  for (const Entry& entry : rest("/v3/changes", "grant_id=" + ids::to_public(other.account_id)))
    EXPECT_EQ(entry.object, "grant");
}

// A key sees nothing of another application.
TEST_F(FeedOf, another_application_sees_nothing) {
  deliver("INBOX", {{.uid = "1", .subject = "one"}});
  place();
  use_key_of_another_application();
  EXPECT_TRUE(rest("/v3/changes", "").empty());
  EXPECT_TRUE(rest("/v3/changes", "grant_id=" + grant_id()).empty());
  EXPECT_EQ(get("G/changes").status, 404);
}

TEST_F(FeedOf, types_leave_out_the_others) {
  begin_now();
  deliver("INBOX", {{.uid = "1", .subject = "one"}}, PageKind::delta);
  const std::string start = cursor_;
  EXPECT_THAT(names_of(rest("G/changes", "")), IsSupersetOf({"message.created", "thread.created"}));
  cursor_ = start;
  EXPECT_THAT(names_of(rest("G/changes", "types=message.created")), ElementsAre("message.created"));
  EXPECT_EQ(get("G/changes?types=mail").status, 400);
}

// `in` never hides a deletion, nor a change of folders: the reader could not tell that the message left.
TEST_F(FeedOf, folder_filter_keeps_what_leaves) {
  begin_now();
  deliver("INBOX", {{.uid = "1", .subject = "inside"}}, PageKind::delta);
  deliver("Archive", {{.uid = "1", .subject = "outside"}}, PageKind::delta);
  const auto entries = rest("G/changes", "in=inbox&types=message&include=data");
  EXPECT_THAT(subjects_of(entries), ElementsAre("inside"));
  ASSERT_EQ(call("PUT", "G/messages/" + message_id("inside"), R"({"folders": ["archive"]})").status, 200);
  EXPECT_THAT(names_of(rest("G/changes", "in=inbox&types=message")), Contains("message.updated"));
  ASSERT_EQ(call("PUT", "G/messages/" + message_id("outside"), R"({"starred": true})").status, 200);
  EXPECT_THAT(names_of(rest("G/changes", "in=inbox&types=message")), ::testing::IsEmpty());
  ASSERT_EQ(call("DELETE", "G/messages/" + message_id("outside") + "?hard_delete=true").status, 200);
  EXPECT_THAT(names_of(rest("G/changes", "in=inbox&types=message")), ElementsAre("message.deleted"));
}

TEST_F(FeedOf, filter_that_takes_nothing_still_moves_on) {
  begin_now();
  deliver("INBOX", {{.uid = "1", .subject = "one"}}, PageKind::delta);
  const std::string start = cursor_;
  EXPECT_TRUE(page("G/changes", "types=grant.deleted").empty());
  EXPECT_NE(cursor_, start);
  EXPECT_TRUE(page("G/changes", "").empty());
}

// The log was trimmed beyond the cursor: 410, and how to start again.
TEST_F(FeedOf, expired_cursor_is_gone) {
  deliver("INBOX", {{.uid = "1", .subject = "one"}}, PageKind::delta);
  begin_now();
  deliver("INBOX", {{.uid = "2", .subject = "two"}}, PageKind::delta);
  deliver("INBOX", {{.uid = "3", .subject = "three"}}, PageKind::delta);
  auto connection = database_.connect();
  ASSERT_TRUE(connection.query("DELETE FROM change_log WHERE seq < (SELECT max(seq) FROM change_log)"));
  const Answer answer = get("G/changes?cursor=" + cursor_);
  EXPECT_EQ(answer.status, 410);
  EXPECT_EQ(answer.at("error.type"), "api.cursor_expired");
  EXPECT_NE(answer.at("error.hint"), "");
}

TEST_F(FeedOf, nonsense_is_refused) {
  begin_now("/v3/changes");
  for (const std::string query :
       {"cursor=x", "limit=0", "limit=1001", "wait=61", "include=body", "types=x.y"})
    EXPECT_EQ(get("G/changes?" + query).status, 400) << query;
  EXPECT_EQ(get("G/changes?cursor=" + cursor_).status, 400);
}

}  // namespace
}  // namespace hermod::testing
