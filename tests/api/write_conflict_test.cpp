// Writes that get in each other's way: the database lets one of them begin again, and so does the API.
#include <gtest/gtest.h>

#include <future>

#include "api/api_fixture.hpp"
#include "core/store/repeat.hpp"

namespace hermod::testing {
namespace {

class WriteConflict : public ApiFixture {};

// The other transaction holds the second message and wants the first, this write the other way round; the database ends
// the write, whose turn to look for a deadlock comes first.
TEST_F(WriteConflict, the_victim_of_a_deadlock_is_written_again) {
  deliver("INBOX", {{.uid = "1", .subject = "parent", .mid = "p@x"}, {.uid = "2", .subject = "child", .parent = "p@x"}});
  const std::string thread = get("G/messages/" + message_id("parent")).at("data.thread_id");
  auto connection = database_.connect();
  auto transaction = store::Transaction::begin(connection);
  ASSERT_TRUE(connection.script("SET LOCAL deadlock_timeout = '10min'"));
  const auto lock = [&](const std::string& order) {
    return connection.query("SELECT FROM messages WHERE message_id = (SELECT message_id FROM messages ORDER BY message_id " +
                            order + " LIMIT 1) FOR UPDATE");
  };
  ASSERT_TRUE(lock("DESC"));
  auto answer = std::async(std::launch::async, [&] { return call("PUT", "G/threads/" + thread, R"({"starred": true})"); });
  EXPECT_TRUE(await_wait_for_lock());
  ASSERT_TRUE(lock("ASC"));
  ASSERT_TRUE(transaction->commit());
  const Answer written = answer.get();
  EXPECT_EQ(written.status, 200) << written.body;
  EXPECT_EQ(value("SELECT count(*) FROM messages WHERE starred"), "2");
  EXPECT_EQ(value("SELECT count(*) FROM actions"), "1");
}

TEST(Repeated, ends_with_success_with_another_error_and_at_last) {
  const Error again{ErrorKind::conflict, ErrorScope::account, Retry::now(), "again", {}, {}, {}};
  const Error taken{ErrorKind::conflict, ErrorScope::account, Retry::never(), "taken", {}, {}, {}};
  const auto calls_until = [](std::vector<Status> outcomes) {
    std::size_t calls = 0;
    Status last = store::repeated([&] { return outcomes.at(std::min(calls++, outcomes.size() - 1)); });
    EXPECT_EQ(last.has_value(), outcomes.at(std::min(calls - 1, outcomes.size() - 1)).has_value());
    return calls;
  };
  EXPECT_EQ(calls_until({ok()}), 1u);
  EXPECT_EQ(calls_until({again, again, ok()}), 3u);
  EXPECT_EQ(calls_until({again, taken, ok()}), 2u);
  EXPECT_EQ(calls_until({again}), static_cast<std::size_t>(store::transaction_attempts_max));
}

}  // namespace
}  // namespace hermod::testing
