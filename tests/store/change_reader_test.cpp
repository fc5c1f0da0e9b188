// The change log as its readers see it, and the positions that the sequencer gives.
#include "core/store/change_reader.hpp"

#include <future>

#include "core/feed/sequencer.hpp"
#include "store/account_fixture.hpp"

namespace hermod::testing {
namespace {

struct ChangeReader : AccountFixture {
  // A row of that many entries in the log of the fixture's account, or of another.
  void log_row(std::size_t entries, const std::optional<ids::ObjectId>& account_id = {}) {
    auto connection = database_.connect();
    std::vector<store::Change> changes(
        entries, {store::ObjectType::message, store::ChangeType::created, ids::new_object_id(), 0});
    auto transaction = store::Transaction::begin(connection);
    ASSERT_TRUE(store::append_changes(connection, account_id.value_or(grant_.account_id), changes));
    ASSERT_TRUE(transaction->commit());
  }
  void place() {
    auto connection = database_.connect();
    while (*feed::place_changes(connection)) {
    }
  }
  std::vector<std::int64_t> seqs(const store::ChangePage& page) {
    std::vector<std::int64_t> numbers;
    for (const store::LoggedChange& change : page.changes) numbers.push_back(change.seq);
    return numbers;
  }
  std::vector<std::int64_t> positions(const store::ChangePage& page) {
    std::vector<std::int64_t> numbers;
    for (const store::LoggedChange& change : page.changes) numbers.push_back(change.position);
    return numbers;
  }
};

// A page may end and begin within a row.
TEST_F(ChangeReader, pages_of_an_account_cut_rows) {
  auto connection = database_.connect();
  const std::int64_t start = *store::last_account_change(connection, grant_.account_id);
  log_row(3);
  log_row(2);
  auto page = store::account_changes(connection, grant_.account_id, start, 2);
  ASSERT_TRUE(page);
  EXPECT_EQ(seqs(*page), (std::vector{start + 1, start + 2}));
  EXPECT_EQ(page->next, start + 2);
  EXPECT_TRUE(page->more);
  page = store::account_changes(connection, grant_.account_id, page->next, 2);
  EXPECT_EQ(seqs(*page), (std::vector{start + 3, start + 4}));
  page = store::account_changes(connection, grant_.account_id, page->next, 2);
  EXPECT_EQ(seqs(*page), std::vector{start + 5});
  EXPECT_FALSE(page->more);
  page = store::account_changes(connection, grant_.account_id, start + 5, 2);
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->changes.empty());
  EXPECT_EQ(page->next, start + 5);
}

// What was trimmed, and what was never written, is told instead of skipped.
TEST_F(ChangeReader, a_cursor_outside_the_log_is_invalid) {
  auto connection = database_.connect();
  const std::int64_t start = *store::last_account_change(connection, grant_.account_id);
  for (const std::int64_t after : {std::int64_t{-1}, start + 1}) {
    auto page = store::account_changes(connection, grant_.account_id, after, 10);
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().kind, ErrorKind::cursor_invalid);
  }
  log_row(1);
  value("DELETE FROM change_log WHERE seq <= " + std::to_string(start) + " RETURNING 1");
  EXPECT_TRUE(store::account_changes(connection, grant_.account_id, start, 10));
  EXPECT_FALSE(store::account_changes(connection, grant_.account_id, 0, 10));
  value("DELETE FROM change_log RETURNING 1");
  EXPECT_FALSE(store::account_changes(connection, grant_.account_id, start, 10));
}

// A row's week is that of its transaction's beginning, so a row may lie in an older week than the one before it, and go
// with that week.
TEST_F(ChangeReader, a_hole_in_the_log_is_told) {
  auto connection = database_.connect();
  const std::int64_t start = *store::last_account_change(connection, grant_.account_id);
  for (int row = 0; row < 3; ++row) log_row(2);
  value("DELETE FROM change_log WHERE seq = " + std::to_string(start + 4) + " RETURNING 1");
  for (const std::int64_t after : {start, start + 2, start + 3}) {
    auto page = store::account_changes(connection, grant_.account_id, after, 10);
    ASSERT_FALSE(page) << after - start;
    EXPECT_EQ(page.error().kind, ErrorKind::cursor_invalid);
  }
  EXPECT_TRUE(store::account_changes(connection, grant_.account_id, start + 4, 10));
  value("DELETE FROM change_log WHERE seq = " + std::to_string(start + 6) + " RETURNING 1");
  EXPECT_FALSE(store::account_changes(connection, grant_.account_id, start + 4, 10)) << "a hole at the end";
}

// Positions count entries over all accounts without a gap, and keep each account's order.
TEST_F(ChangeReader, positions_are_gapless_over_all_accounts) {
  const store::Grant other = connect("other@example.test");
  place();
  auto connection = database_.connect();
  const std::int64_t start = *store::last_position(connection);
  log_row(2);
  log_row(1, other.account_id);
  log_row(2);
  auto unplaced = store::all_changes(connection, std::nullopt, start, 10);
  ASSERT_TRUE(unplaced);
  EXPECT_TRUE(unplaced->changes.empty());
  place();
  log_row(1);
  place();
  auto page = store::all_changes(connection, application_.application_id, start, 10);
  ASSERT_TRUE(page);
  EXPECT_EQ(positions(*page), (std::vector{start + 1, start + 2, start + 3, start + 4, start + 5, start + 6}));
  std::map<ids::ObjectId, std::int64_t> last;
  for (const store::LoggedChange& change : page->changes) {
    EXPECT_EQ(change.application_id, application_.application_id);
    auto& seq = last[change.account_id];
    if (seq != 0) EXPECT_EQ(change.seq, seq + 1);
    seq = change.seq;
  }
  EXPECT_EQ(last.size(), 2u);
}

// A row that another transaction holds back before its commit is passed over, and comes later with a later position.
TEST_F(ChangeReader, a_late_commit_comes_later) {
  const store::Grant other = connect("other@example.test");
  place();
  auto connection = database_.connect(), late = database_.connect();
  const std::int64_t start = *store::last_position(connection);
  auto transaction = store::Transaction::begin(late);
  ASSERT_TRUE(store::append_changes(late, other.account_id, {{store::ObjectType::folder, store::ChangeType::created, ids::new_object_id(), 0}}));
  log_row(1);
  place();
  auto first = store::all_changes(connection, std::nullopt, start, 10);
  ASSERT_EQ(first->changes.size(), 1u);
  EXPECT_EQ(first->changes[0].account_id, grant_.account_id);
  ASSERT_TRUE(transaction->commit());
  place();
  auto second = store::all_changes(connection, std::nullopt, first->next, 10);
  ASSERT_EQ(second->changes.size(), 1u);
  EXPECT_EQ(second->changes[0].account_id, other.account_id);
}

// An application's reader passes over what others own, and does not look at it again.
TEST_F(ChangeReader, an_application_sees_its_own) {
  place();
  auto connection = database_.connect();
  const std::int64_t start = *store::last_position(connection);
  log_row(2);
  place();
  auto page = store::all_changes(connection, ids::new_object_id(), start, 10);
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->changes.empty());
  EXPECT_EQ(page->next, start + 2);
}

// A dump holds the log for as long as it takes: the week to come is made later, and nobody waits in between.
TEST_F(ChangeReader, making_a_week_does_not_wait_for_a_dump) {
  auto connection = database_.connect(), dump = database_.connect();
  auto dumping = store::Transaction::begin(dump);
  ASSERT_TRUE(dump.query("LOCK TABLE change_log IN ACCESS SHARE MODE"));
  ASSERT_TRUE(connection.script("SET statement_timeout = '20s'"));
  Status prepared = store::prepare_change_log(connection);
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().kind, ErrorKind::conflict);
  EXPECT_EQ(prepared.error().retry.when, Retry::When::now);
  ASSERT_TRUE(dumping->commit());
  const std::string weeks = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'change_log'::regclass";
  const std::string before = value(weeks);
  EXPECT_TRUE(store::prepare_change_log(connection));
  EXPECT_NE(value(weeks), before);
}

// A week that goes while a page is read takes its entries out of the page: the reader is told.
TEST_F(ChangeReader, a_week_that_goes_during_a_read_is_told) {
  auto connection = database_.connect(), trimming = database_.connect();
  ASSERT_TRUE(connection.script("CREATE TABLE change_log_20200106 PARTITION OF change_log FOR VALUES FROM ('2020-01-06') TO ('2020-01-13')"));
  value("UPDATE change_log SET at = '2020-01-07' RETURNING 1");
  place();
  const std::int64_t gone = *store::last_position(connection);
  log_row(1);
  place();
  auto transaction = store::Transaction::begin(trimming);
  ASSERT_TRUE(trimming.query("UPDATE feed_clock SET trimmed_position = $1", gone));
  ASSERT_TRUE(trimming.script("DROP TABLE change_log_20200106"));
  auto reading = std::async(std::launch::async, [&] { return store::all_changes(connection, std::nullopt, gone - 1, 10); });
  EXPECT_TRUE(await_wait_for_lock());
  ASSERT_TRUE(transaction->commit());
  auto page = reading.get();
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().kind, ErrorKind::cursor_invalid);
  EXPECT_TRUE(store::all_changes(connection, std::nullopt, gone, 10));
}

// Old weeks go, but not what somebody has yet to read; then an old cursor is told so.
TEST_F(ChangeReader, old_weeks_are_trimmed) {
  auto connection = database_.connect();
  ASSERT_TRUE(connection.script("CREATE TABLE change_log_20200106 PARTITION OF change_log FOR VALUES FROM ('2020-01-06') TO ('2020-01-13')"));
  value("UPDATE change_log SET at = '2020-01-07' RETURNING 1");
  const std::int64_t last = *store::last_account_change(connection, grant_.account_id);
  const auto month = std::chrono::days(30);
  EXPECT_EQ(*store::trim_change_log(connection, month), 0) << "nothing has a position";
  place();
  value("INSERT INTO feed_readers VALUES ('webhooks', 0) RETURNING 1");
  value("UPDATE grants SET sync_phase = 'initial' RETURNING 1");
  EXPECT_EQ(*store::trim_change_log(connection, month), 0) << "a reader has not read it";
  value("UPDATE feed_readers SET position = " + std::to_string(last) + " RETURNING 1");
  value("UPDATE grants SET sync_phase = 'live' RETURNING 1");
  EXPECT_EQ(*store::trim_change_log(connection, month), 0) << "the search index is not filled";
  value("UPDATE account_clock SET search_seq = seq RETURNING 1");
  EXPECT_EQ(*store::trim_change_log(connection, month), 1);
  EXPECT_EQ(store::all_changes(connection, std::nullopt, 0, 10).error().kind, ErrorKind::cursor_invalid);
  EXPECT_TRUE(store::all_changes(connection, std::nullopt, last, 10));
  EXPECT_EQ(store::account_changes(connection, grant_.account_id, 0, 10).error().kind, ErrorKind::cursor_invalid);
}

}  // namespace
}  // namespace hermod::testing
