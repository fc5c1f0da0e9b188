// Lanes: the part of a webhook's queue that is in memory, a lane for each account.
//
// A lane's rows are in the order of their positions, and the first is the one under way; lanes do not wait
// for one another. The window is bounded: an account with many rows is left out of the next load, and of one
// that is failing the first row alone is kept, so that neither keeps the others' rows out. Owner:
// Destination. Threads: its strand. The clock is the caller's.
#pragma once

#include <deque>
#include <hermod/http.hpp>
#include <map>
#include <set>

#include "core/store/delivery_store.hpp"
#include "server/webhooks/pace.hpp"

namespace hermod::server {

struct LaneItem {
  store::PendingDelivery of;
  bool prepared = false;
  std::int64_t revision = 0;           // of the settings that it was prepared with
  std::optional<HttpRequest> request;  // nothing: its object is gone
};

struct Lane {
  std::deque<LaneItem> items;
  bool running = false;
  bool left_out = false;  // there may be more of it in the table
  bool failing = false;   // since its last try
  TimePoint tried_at{}, retry_at{};
  sync::Backoff backoff{first_pause, longest_pause};
};

class Lanes {
 public:
  static constexpr std::size_t rows_max = 512, rows_of_lane_max = 64, lane_low = 16, room_min = 128;

  std::size_t rows() const { return rows_; }
  bool has_room() const { return rows_ + room_min <= rows_max; }
  // What to load next. Notes whom it leaves out.
  store::PendingQuery next_load(const ids::ObjectId& webhook_id);
  // What it found. True: some of it was passed over and is to be loaded again.
  bool take(std::vector<store::PendingDelivery> rows);

  // Of the lanes that may run, the one with the oldest change; null: none. Of a destination that is down, the
  // one that was not tried for the longest time, whatever it waits for.
  enum class Destination : std::uint8_t { up, down };
  Lane* next(TimePoint now, Destination state);
  // The first of the lane is over. Until forget() it is not loaded again.
  void settle_front(Lane& lane);
  void forget(const ids::ObjectId& delivery_id) { settled_.erase(delivery_id); }
  // It is to be tried again then, and what comes after it waits in the table.
  void hold_back(Lane& lane, TimePoint retry_at);
  // The lane does not run any more; it may be gone afterwards. True: there is more of it to load.
  bool stopped(Lane& lane);
  void retry_all();
  // When a lane that is held back may run.
  std::optional<TimePoint> next_retry(TimePoint now) const;

 private:
  bool take_one(store::PendingDelivery row);

  std::map<ids::ObjectId, Lane> lanes_;  // by account
  std::set<ids::ObjectId> settled_;      // over, but perhaps still pending in the table
  std::set<ids::ObjectId> held_back_;    // accounts, since the last load began
  std::size_t rows_ = 0;
};

}  // namespace hermod::server
