#include "server/webhooks/lanes.hpp"

#include <algorithm>

namespace hermod::server {

store::PendingQuery Lanes::next_load(const ids::ObjectId& webhook_id) {
  held_back_.clear();
  store::PendingQuery query;
  query.webhook_id = webhook_id;
  query.limit = static_cast<int>(rows_max - rows_);
  for (auto& [account_id, lane] : lanes_) {
    lane.left_out = lane.items.size() >= rows_of_lane_max || lane.failing;
    if (lane.left_out) query.accounts_left_out.push_back(account_id);
    for (const LaneItem& item : lane.items) query.deliveries_left_out.push_back(item.of.delivery_id);
  }
  query.deliveries_left_out.insert(query.deliveries_left_out.end(), settled_.begin(), settled_.end());
  return query;
}

bool Lanes::take(std::vector<store::PendingDelivery> rows) {
  bool passed_over = false;
  for (store::PendingDelivery& row : rows) passed_over = !take_one(std::move(row)) || passed_over;
  return passed_over;
}

// What is under way stays in front.
bool Lanes::take_one(store::PendingDelivery row) {
  // Its lane let go of rows that come before this one.
  if (held_back_.contains(row.account_id)) return false;
  if (settled_.contains(row.delivery_id)) return true;
  Lane& lane = lanes_[row.account_id];
  const auto is_row = [&](const LaneItem& item) { return item.of.delivery_id == row.delivery_id; };
  if (std::ranges::any_of(lane.items, is_row)) return true;
  const auto begin = lane.items.begin() + (lane.running && !lane.items.empty() ? 1 : 0);
  const auto is_before = [](std::int64_t position, const LaneItem& item) {
    return position < item.of.position;
  };
  const auto after = std::upper_bound(begin, lane.items.end(), row.position, is_before);
  LaneItem item;
  item.of = std::move(row);
  lane.items.insert(after, std::move(item));
  ++rows_;
  return true;
}

Lane* Lanes::next(TimePoint now, Destination state) {
  Lane* oldest = nullptr;
  for (auto& [account_id, lane] : lanes_) {
    if (lane.running || lane.items.empty()) continue;
    if (state == Destination::up && lane.retry_at > now) continue;
    const auto rank = [state](const Lane& each) {
      return std::pair(state == Destination::down ? each.tried_at : TimePoint{},
                       each.items.front().of.position);
    };
    if (oldest == nullptr || rank(lane) < rank(*oldest)) oldest = &lane;
  }
  return oldest;
}

void Lanes::settle_front(Lane& lane) {
  settled_.insert(lane.items.front().of.delivery_id);
  lane.items.pop_front();
  --rows_;
}

void Lanes::hold_back(Lane& lane, TimePoint retry_at) {
  lane.failing = true;
  lane.retry_at = retry_at;
  held_back_.insert(lane.items.front().of.account_id);
  if (lane.items.size() <= 1) return;
  lane.left_out = true;
  rows_ -= lane.items.size() - 1;
  lane.items.erase(lane.items.begin() + 1, lane.items.end());
}

bool Lanes::stopped(Lane& lane) {
  lane.running = false;
  const bool load = lane.left_out && lane.items.size() < lane_low && !lane.failing;
  if (load) lane.left_out = false;
  if (lane.items.empty() && !lane.left_out)
    std::erase_if(lanes_, [&](const auto& each) { return &each.second == &lane; });
  return load;
}

void Lanes::retry_all() {
  for (auto& [account_id, lane] : lanes_) {
    lane.retry_at = {};
    lane.failing = false;
  }
}

std::optional<TimePoint> Lanes::next_retry(TimePoint now) const {
  std::optional<TimePoint> next;
  for (const auto& [account_id, lane] : lanes_) {
    if (lane.running || lane.retry_at <= now) continue;
    if (!next || lane.retry_at < *next) next = lane.retry_at;
  }
  return next;
}

}  // namespace hermod::server
