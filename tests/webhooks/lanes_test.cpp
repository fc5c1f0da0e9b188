// The order of deliveries within an account and among accounts, and that none keeps the others out.
#include <gmock/gmock.h>

#include "server/webhooks/lanes.hpp"

namespace hermod::server {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const TimePoint now = TimePoint{} + 1h;
constexpr auto up = Lanes::Destination::up, down = Lanes::Destination::down;

class LanesOf : public ::testing::Test {
 protected:
  const ids::ObjectId webhook = ids::new_object_id(), a = ids::new_object_id(), b = ids::new_object_id();
  Lanes lanes;

  static store::PendingDelivery row(const ids::ObjectId& account_id, std::int64_t position) {
    store::PendingDelivery delivery;
    delivery.delivery_id = ids::new_object_id();
    delivery.account_id = account_id;
    delivery.position = position;
    return delivery;
  }
  void take(const ids::ObjectId& account_id, std::vector<std::int64_t> positions) {
    std::vector<store::PendingDelivery> rows;
    for (const auto position : positions) rows.push_back(row(account_id, position));
    lanes.take(std::move(rows));
  }
  Lane* start(TimePoint at = now, Lanes::Destination state = up) {
    Lane* lane = lanes.next(at, state);
    if (lane != nullptr) lane->running = true;
    return lane;
  }
  static std::vector<std::int64_t> positions_of(const Lane& lane) {
    std::vector<std::int64_t> found;
    for (const LaneItem& item : lane.items) found.push_back(item.of.position);
    return found;
  }
};

TEST_F(LanesOf, oldest_change_goes_first_and_accounts_side_by_side) {
  take(a, {5, 6});
  take(b, {3, 9});
  Lane* first = start();
  Lane* second = start();
  ASSERT_TRUE(first != nullptr && second != nullptr);
  EXPECT_THAT(positions_of(*first), ElementsAre(3, 9));
  EXPECT_THAT(positions_of(*second), ElementsAre(5, 6));
  EXPECT_EQ(start(), nullptr);  // each has one under way
}

// A redelivery or a replay: before what waits, but not before what is under way.
TEST_F(LanesOf, earlier_change_that_comes_late_is_put_in_its_place) {
  take(a, {5, 7});
  Lane* lane = start();
  take(a, {2, 6});
  EXPECT_THAT(positions_of(*lane), ElementsAre(5, 2, 6, 7));
  lanes.settle_front(*lane);
  EXPECT_FALSE(lanes.stopped(*lane));
  EXPECT_THAT(positions_of(*lanes.next(now, up)), ElementsAre(2, 6, 7));
}

TEST_F(LanesOf, row_is_taken_once) {
  const auto one = row(a, 1);
  lanes.take({one});
  lanes.take({one});
  EXPECT_EQ(lanes.rows(), 1u);
  Lane* lane = start();
  lanes.settle_front(*lane);
  lanes.take({one});  // read before its outcome was written
  EXPECT_EQ(lanes.rows(), 0u);
  EXPECT_THAT(lanes.next_load(webhook).deliveries_left_out, ElementsAre(one.delivery_id));
  lanes.forget(one.delivery_id);
  EXPECT_THAT(lanes.next_load(webhook).deliveries_left_out, IsEmpty());
}

TEST_F(LanesOf, held_back_lane_waits_alone) {
  take(a, {1, 2});
  Lane* lane = start();
  lanes.hold_back(*lane, now + 10s);
  EXPECT_FALSE(lanes.stopped(*lane));
  take(b, {7});
  EXPECT_THAT(positions_of(*lanes.next(now, up)), ElementsAre(7));
  EXPECT_EQ(lanes.rows(), 2u);  // of one that is failing the first alone is kept
  EXPECT_EQ(lanes.next_retry(now), now + 10s);
  EXPECT_THAT(positions_of(*lanes.next(now + 10s, up)), ElementsAre(1));
  EXPECT_THAT(lanes.next_load(webhook).accounts_left_out, ElementsAre(a));
  lanes.retry_all();
  EXPECT_EQ(lanes.next_retry(now), std::nullopt);
  EXPECT_THAT(positions_of(*lanes.next(now, up)), ElementsAre(1));
  // Its next success brings the rest back.
  lane = start();
  lanes.settle_front(*lane);
  EXPECT_TRUE(lanes.stopped(*lane));
}

// So that a message which is always refused does not hide that the destination is there.
TEST_F(LanesOf, probes_of_a_destination_that_is_down_take_turns) {
  take(a, {1});
  take(b, {2});
  Lane* first = start(now, down);
  first->tried_at = now;
  EXPECT_THAT(positions_of(*first), ElementsAre(1));
  lanes.hold_back(*first, now + 1h);
  EXPECT_FALSE(lanes.stopped(*first));
  Lane* second = start(now + 1s, down);
  second->tried_at = now + 1s;
  EXPECT_THAT(positions_of(*second), ElementsAre(2));
  lanes.hold_back(*second, now + 1h);
  EXPECT_FALSE(lanes.stopped(*second));
  EXPECT_THAT(positions_of(*lanes.next(now + 2s, down)), ElementsAre(1));
}

// Rows that were read while the lane let go of others would overtake those.
TEST_F(LanesOf, rows_read_before_a_failure_do_not_overtake) {
  take(a, {1, 2, 3});
  Lane* lane = start();
  (void)lanes.next_load(webhook);
  lanes.hold_back(*lane, now + 1s);
  EXPECT_TRUE(lanes.take({row(a, 4), row(b, 5)}));
  EXPECT_THAT(positions_of(*lane), ElementsAre(1));
  EXPECT_THAT(positions_of(*lanes.next(now, up)), ElementsAre(5));
  lane->failing = false;
  lanes.settle_front(*lane);
  EXPECT_TRUE(lanes.stopped(*lane));
  (void)lanes.next_load(webhook);
  EXPECT_FALSE(lanes.take({row(a, 2), row(a, 3), row(a, 4)}));
  EXPECT_THAT(positions_of(*lanes.next(now, up)), ElementsAre(2, 3, 4));
}

// Whoever has many rows, or is held back, leaves the window to the others, and is loaded again later.
TEST_F(LanesOf, full_and_held_back_accounts_are_left_out_of_the_next_load) {
  std::vector<std::int64_t> many;
  for (std::size_t i = 0; i < Lanes::rows_of_lane_max; ++i) many.push_back(static_cast<std::int64_t>(i));
  take(a, many);
  take(b, {1'000});
  Lane* full = start();
  Lane* held = start();
  lanes.hold_back(*held, now + 1s);
  EXPECT_FALSE(lanes.stopped(*held));
  auto load = lanes.next_load(webhook);
  EXPECT_THAT(load.accounts_left_out, SizeIs(2));
  EXPECT_THAT(load.deliveries_left_out, SizeIs(Lanes::rows_of_lane_max + 1));
  EXPECT_EQ(load.limit, static_cast<int>(Lanes::rows_max - Lanes::rows_of_lane_max - 1));
  while (full->items.size() >= Lanes::lane_low) lanes.settle_front(*full);
  EXPECT_TRUE(lanes.stopped(*full));
  load = lanes.next_load(webhook);
  EXPECT_THAT(load.accounts_left_out, ElementsAre(b));
}

TEST_F(LanesOf, window_is_bounded) {
  std::vector<std::int64_t> many;
  for (std::size_t i = 0; i < Lanes::rows_max - Lanes::room_min; ++i)
    many.push_back(static_cast<std::int64_t>(i));
  take(a, many);
  EXPECT_TRUE(lanes.has_room());
  take(b, {1});
  EXPECT_FALSE(lanes.has_room());
}

TEST_F(LanesOf, empty_lane_is_gone) {
  take(a, {1});
  Lane* lane = start();
  lanes.settle_front(*lane);
  EXPECT_FALSE(lanes.stopped(*lane));
  EXPECT_EQ(lanes.next(now, up), nullptr);
  EXPECT_EQ(lanes.rows(), 0u);
}

}  // namespace
}  // namespace hermod::server
