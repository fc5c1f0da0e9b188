// What an account's host adds to what it is given.
#include "core/host/account_host.hpp"

#include "host/host_fixture.hpp"

namespace hermod::test {
namespace {

struct Written {
  std::string event;
  std::vector<LogField> fields;
};
class RecordingLog final : public Log {
 public:
  bool enabled(LogLevel level) const noexcept override { return level >= LogLevel::info; }
  void write(LogLevel, std::string_view event, std::vector<LogField> fields) override {
    written.push_back({std::string(event), std::move(fields)});
  }
  std::vector<Written> written;
};
class RecordingMetrics final : public host::MetricsSink {
 public:
  void add(std::string_view plugin, std::string_view counter, double) override {
    names.push_back(std::string(plugin) + '/' + std::string(counter));
  }
  void observe(std::string_view plugin, std::string_view histogram, double) override {
    names.push_back(std::string(plugin) + '/' + std::string(histogram));
  }
  void stage(std::string_view, double) override {}
  std::vector<std::string> names;
};

class AccountHostTest : public HostTest {
 protected:
  host::AccountHostOptions options() {
    return {.egress = egress, .log = log, .metrics = metrics, .plugin = "test", .account = "account1"};
  }
  RecordingLog log;
  RecordingMetrics metrics;
};

// An operator must see whose event it is, also of a plugin that says nothing of it.
TEST_F(AccountHostTest, events_name_plugin_and_account) {
  host::AccountHost account(options());
  account.log().write(LogLevel::info, "select.failed", {{"code", "7"}});
  ASSERT_EQ(log.written.size(), 1u);
  EXPECT_EQ(log.written[0].event, "test.select.failed");
  ASSERT_EQ(log.written[0].fields.size(), 2u);
  EXPECT_EQ(log.written[0].fields[1].key, "account");
  EXPECT_EQ(log.written[0].fields[1].value, "account1");
  EXPECT_FALSE(account.log().enabled(LogLevel::debug));
}

// A plugin that logs what a server sent must not flood the log.
TEST_F(AccountHostTest, fields_of_an_event_are_bounded) {
  host::AccountHost account(options());
  std::vector<LogField> many(100, LogField{"key", std::string(5000, 'x')});
  account.log().write(LogLevel::info, "event", std::move(many));
  EXPECT_EQ(log.written[0].fields.size(), host::AccountHost::log_fields_max + 1);
  EXPECT_EQ(log.written[0].fields[0].value.size(), host::AccountHost::log_value_bytes_max);
}

// A metric's name ends up in an exposition format: only plain names may pass.
TEST_F(AccountHostTest, metrics_with_odd_names_are_dropped) {
  host::AccountHost account(options());
  account.metrics().add("fetched_total", 1);
  account.metrics().observe("fetch_seconds", 0.5);
  account.metrics().add("bad\nname", 1);
  account.metrics().add("", 1);
  account.metrics().add(std::string(65, 'a'), 1);
  EXPECT_EQ(metrics.names, (std::vector<std::string>{"test/fetched_total", "test/fetch_seconds"}));
}

// Detection and verification run without an account.
TEST_F(AccountHostTest, call_without_an_account_has_no_store) {
  host::AccountHost account(options());
  EXPECT_TRUE(run(account.known().items({"inbox"}, {}, 10))->empty());
  EXPECT_EQ(run(account.known().find(std::vector<ItemKeys>(3)))->size(), 3u);
  EXPECT_EQ(run(account.state().load())->revision, 0u);
  EXPECT_EQ(run(account.state().store({})).error().kind, ErrorKind::unsupported);
  EXPECT_EQ(run(account.tokens().access_token(false)).error().kind, ErrorKind::unsupported);
  EXPECT_FALSE(account.public_url());
}

TEST_F(AccountHostTest, random_bytes_differ) {
  host::AccountHost account(options());
  const std::string first = account.random().bytes(16);
  EXPECT_EQ(first.size(), 16u);
  EXPECT_NE(first, account.random().bytes(16));
}

}  // namespace
}  // namespace hermod::test
