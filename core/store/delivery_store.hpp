// Deliveries: the queue from the change log to the webhooks' destinations, and for a while what became of
// each.
//
//   change log ──a reader──► pending ──lease──► delivered, failed or skipped ──► trimmed
//                               ▲────redeliver────┘
//
// The shared reader's row in feed_readers is how far the log was read for all webhooks. A webhook whose queue
// is full, or that is replayed, has a reader of its own until it has caught up with the shared one. Lock
// order: own reader, shared reader, webhook. Threads: whoever has the connection.
#pragma once

#include "core/store/change_log.hpp"

namespace hermod::store {

// What is told.
struct DeliveryEvent {
  ids::ObjectId account_id;   // zero: a test event
  std::int64_t position = 0;  // which has none
  ids::ObjectId event_id;
  std::string trigger_type;
  ObjectType object = ObjectType::message;
  ChangeType change = ChangeType::created;
  ids::ObjectId object_id;
  std::int64_t at = 0;
};
struct NewDelivery : DeliveryEvent {
  ids::ObjectId webhook_id;
};
// One statement.
Status add_deliveries(Connection& connection, const std::vector<NewDelivery>& deliveries);
Result<ids::ObjectId> add_test_delivery(Connection& connection, const NewDelivery& delivery);

// --- readers; inside the caller's transaction

// Its position, locked until the commit; nothing when there is none, or another transaction has it.
Result<std::optional<std::int64_t>> lock_shared_reader(Connection& connection);
Result<std::optional<std::int64_t>> lock_own_reader(Connection& connection, const ids::ObjectId& webhook_id);
// The shared reader's position, waiting for its lock.
Result<std::int64_t> await_shared_reader(Connection& connection);
Status move_shared_reader(Connection& connection, std::int64_t position);
Status move_own_reader(Connection& connection, const ids::ObjectId& webhook_id, std::int64_t position);
// From `position` on the webhook reads together with the others again.
Status join_shared_reader(Connection& connection, const ids::ObjectId& webhook_id, std::int64_t position);
Status begin_shared_reader(Connection& connection, std::int64_t position);  // unless there is one
Status end_shared_reader(Connection& connection);                           // unless there is a webhook
Status begin_own_reader(Connection& connection, const ids::ObjectId& webhook_id, std::int64_t position);
Status end_own_reader(Connection& connection, const ids::ObjectId& webhook_id);
// Webhooks with so many pending deliveries get a reader of their own at `position`, where the shared one
// stands.
Status set_full_apart(Connection& connection, std::int64_t position, int pending_max);
// Those that read by themselves and have room for more.
Result<std::vector<ids::ObjectId>> webhooks_behind(Connection& connection, int pending_max);

// --- leases

struct HeldWebhook {
  ids::ObjectId webhook_id;
  std::int64_t revision = 0;
  bool has_pending = false;
};
// Renews what this worker holds, takes what nobody holds up to its fair share, and gives all that it holds
// now.
Result<std::vector<HeldWebhook>> hold_webhooks(Connection& connection, const ids::ObjectId& worker_id,
                                               int lease_seconds, int webhooks_max);
Status release_webhooks(Connection& connection, const ids::ObjectId& worker_id);

// --- the queue

struct PendingDelivery : DeliveryEvent {
  ids::ObjectId delivery_id;
  std::int64_t queued_at = 0;
  int attempts = 0;
};
struct PendingQuery {
  ids::ObjectId webhook_id;
  std::vector<ids::ObjectId> accounts_left_out;
  std::vector<ids::ObjectId> deliveries_left_out;
  int limit = 0;
};
// In the order of delivery.
Result<std::vector<PendingDelivery>> pending_deliveries(Connection& connection, const PendingQuery& query);

enum class DeliveryStatus : std::uint8_t { pending, delivered, failed, skipped };
std::string_view to_string(DeliveryStatus status);
std::optional<DeliveryStatus> parse_delivery_status(std::string_view text);

struct DeliveryOutcome {
  ids::ObjectId delivery_id;
  DeliveryStatus status = DeliveryStatus::delivered;  // pending: to be tried again
  bool attempted = true;
  std::int64_t attempted_at = 0;
  std::optional<int> response_code;
  std::int64_t duration_ms = 0;
  std::string error;  // empty: none
};
// One statement. May be lost with the database's machine, not with the process: then it is delivered again.
Status record_outcomes(Connection& connection, const std::vector<DeliveryOutcome>& outcomes);
Status fail_pending(Connection& connection, const ids::ObjectId& webhook_id);

// --- for the API

struct Delivery {
  PendingDelivery of;
  DeliveryStatus status = DeliveryStatus::pending;
  std::optional<std::int64_t> attempted_at, duration_ms;
  std::optional<int> response_code;
  std::optional<std::string> error;
};
struct DeliveryFilter {
  std::optional<DeliveryStatus> status;
  std::optional<ids::ObjectId> before;  // of an earlier page: its last
  int limit = 50;
};
// Newest first. The caller has checked whose webhook it is.
Result<std::vector<Delivery>> list_deliveries(Connection& connection, const ids::ObjectId& webhook_id,
                                              const DeliveryFilter& filter);
// Error{not_found}; Error{conflict} when it is pending.
Result<Delivery> redeliver(Connection& connection, const ids::ObjectId& webhook_id,
                           const ids::ObjectId& delivery_id);

struct QueueState {
  std::int64_t pending = 0;
  std::int64_t oldest_at = 0;  // of the oldest pending change, unix seconds; 0: none
};
Result<QueueState> queue_state(Connection& connection, const ids::ObjectId& worker_id);
// Forgets what became of deliveries that are older, a batch at a time; gives how many.
Result<std::int64_t> trim_deliveries(Connection& connection, std::chrono::seconds kept);

}  // namespace hermod::store
