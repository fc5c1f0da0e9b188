#include "store/account_fixture.hpp"

namespace hermod::testing {
namespace {

using LeaseStore = AccountFixture;

// One worker an account: another gets it only when it is free, with a higher epoch.
TEST_F(LeaseStore, an_account_has_one_holder) {
  auto connection = database_.connect();
  const ids::ObjectId other = ids::new_object_id();
  EXPECT_TRUE(store::acquire_leases(connection, other, 60, 10)->empty());
  ASSERT_TRUE(store::release_leases(connection, worker_));
  const auto taken = store::acquire_leases(connection, other, 60, 10);
  ASSERT_EQ(taken->size(), 1u);
  EXPECT_GT(taken->at(0).account.epoch, lease_.account.epoch);
  EXPECT_TRUE(store::renew_leases(connection, worker_, 60)->empty());
}

// What an account of an earlier epoch hands back is not the lease that was taken since, be it by the same worker.
TEST_F(LeaseStore, an_earlier_lease_is_not_handed_back) {
  auto connection = database_.connect();
  const store::AccountEpoch earlier = lease_.account;
  ASSERT_TRUE(store::release_lease(connection, worker_, earlier));
  ASSERT_EQ(store::acquire_leases(connection, worker_, 60, 10)->size(), 1u);
  ASSERT_TRUE(store::release_lease(connection, worker_, earlier));
  EXPECT_EQ(store::renew_leases(connection, worker_, 60)->size(), 1u);
}

// The database's clock went back by two days, and the worker is dead: nobody may wait for that time to come again.
TEST_F(LeaseStore, a_lease_from_a_later_time_than_any_can_have_is_over) {
  auto connection = database_.connect();
  const ids::ObjectId other = ids::new_object_id();
  ASSERT_TRUE(store::renew_leases(connection, worker_, store::lease_seconds_max));
  EXPECT_TRUE(store::acquire_leases(connection, other, 60, 10)->empty());
  ASSERT_TRUE(connection.query("UPDATE leases SET expires_at = now() + interval '2 days'"));
  EXPECT_EQ(store::acquire_leases(connection, other, 60, 10)->size(), 1u);
}

// A deleted grant and one whose credentials are wrong are not renewed.
TEST_F(LeaseStore, leases_end_with_the_wish_to_sync) {
  auto connection = database_.connect();
  EXPECT_EQ(store::renew_leases(connection, worker_, 60)->size(), 1u);
  ASSERT_TRUE(store::set_sync_state(connection, lease_.account, {"invalid", "stopped", "{}"}));
  EXPECT_TRUE(store::renew_leases(connection, worker_, 60)->empty());
}

}  // namespace
}  // namespace hermod::testing
