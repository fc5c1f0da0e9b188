// fan_out(), catch_up(): from the change log to the queue of deliveries, one batch a call, in one transaction
// with the reader's position.
//
//   shared reader ─► entries of all applications ─► each webhook that is told of them ─┬─► deliveries and
//   own reader ────► entries of one application ──► one webhook ───────────────────────┘   position, commit
//
// The log is read once, however many webhooks there are; an own reader that has caught up joins the shared
// one. Any number of processes may call: the reader's row is locked, and who does not get it has nothing to
// do. The commit does not wait for the disk: what is lost with the machine is made again with the same event
// ids. Threads: whoever has the connection.
#pragma once

#include <set>

#include "core/store/delivery_store.hpp"

namespace hermod::server {

struct FanOutOptions {
  int entries_at_once = 1'000;
  int pending_max = 10'000;  // of a webhook; one with more reads on by itself once it has room
};
struct FanOutStep {
  bool more = false;
  std::set<ids::ObjectId> webhooks;  // that have something to deliver
};

enum class FullWebhooks : std::uint8_t { left, looked_for };
Result<FanOutStep> fan_out(store::Connection& connection, const FanOutOptions& options, FullWebhooks full);
Result<FanOutStep> catch_up(store::Connection& connection, const ids::ObjectId& webhook_id,
                            const FanOutOptions& options);

}  // namespace hermod::server
