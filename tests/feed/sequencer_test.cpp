// The sequencer's thread: what keeps changes from their positions is told.
#include "core/feed/sequencer.hpp"

#include <gmock/gmock.h>

#include "core/store/change_reader.hpp"
#include "core/store/erase.hpp"
#include "store/account_fixture.hpp"

namespace hermod::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto patience = std::chrono::seconds(60);  // for what must come

// Counts the warnings.
class Warnings final : public Log {
 public:
  bool enabled(LogLevel) const noexcept override { return true; }
  void write(LogLevel level, std::string_view event, std::vector<LogField>) override {
    if (level != LogLevel::warn) return;
    const std::lock_guard lock(mutex_);
    events_.emplace_back(event);
    written_.notify_all();
  }
  bool await(std::string_view event) {
    std::unique_lock lock(mutex_);
    return written_.wait_for(lock, patience, [&] { return std::ranges::find(events_, event) != events_.end(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable written_;
  std::vector<std::string> events_;
};

class SequencerThread : public AccountFixture {
 protected:
  bool await(const std::function<bool()>& reached) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!reached()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
  bool all_placed() { return value("SELECT count(*) FROM change_log WHERE position IS NULL") == "0"; }
};

// Somebody keeps the lock of the order: the wait shows and is warned of, and ends with the lock.
TEST_F(SequencerThread, what_waits_for_its_position_is_told) {
  ASSERT_FALSE(all_placed());
  auto connection = database_.connect();
  auto holding = store::Transaction::begin(connection);
  ASSERT_TRUE(connection.query("SELECT FROM feed_clock FOR UPDATE"));
  Warnings warnings;
  feed::Sequencer sequencer(database_.database(), warnings);
  EXPECT_TRUE(warnings.await("feed.not_placed"));
  EXPECT_GT(sequencer.waiting().count(), 0);
  EXPECT_FALSE(all_placed());
  ASSERT_TRUE(holding->commit());
  EXPECT_TRUE(await([&] { return sequencer.waiting().count() == 0; }));
  EXPECT_TRUE(all_placed());
}

// The last entry of a grant's log is its end; whose it was is told by the grant's row alone.
TEST_F(SequencerThread, a_grant_is_not_erased_before_its_end_has_a_position) {
  auto connection = database_.connect();
  while (*feed::place_changes(connection)) {
  }
  const std::int64_t before = *store::last_position(connection);
  ASSERT_TRUE(store::delete_grant(connection, grant_.account_id));
  value("DELETE FROM leases RETURNING 1");
  EXPECT_THAT(*store::deleted_grants(connection, 10), IsEmpty());
  while (*feed::place_changes(connection)) {
  }
  EXPECT_THAT(*store::deleted_grants(connection, 10), ElementsAre(grant_.account_id));
  auto page = store::all_changes(connection, application_.application_id, before, 10);
  ASSERT_TRUE(page);
  ASSERT_FALSE(page->changes.empty());
  EXPECT_EQ(page->changes.back().object, store::ObjectType::grant);
  EXPECT_EQ(page->changes.back().change, store::ChangeType::deleted);
}

}  // namespace
}  // namespace hermod::testing
