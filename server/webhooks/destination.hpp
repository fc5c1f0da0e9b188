// Destination: delivers what is pending for one webhook, in order within each grant.
//
//   wake() ─► load rows ─► lanes, one an account; up to `requests_max` of them run, the oldest change first:
//
//     prepare (objects, payload, signature) ─► POST ─┬─ 2xx ──► delivered, the next one
//           ▲                                        └─ else ─► the lane waits, its rows stay in the table
//           └────────────────────────────────────────────────────┘
//
// A lane has one request under way, so its order holds; a failure keeps it back until the next try, and no
// other lane, unless the destination is down (pace.hpp). Outcomes are written behind, many at once: what was
// sent and not written when the process dies is sent again. Owner: DeliveryService, while it holds the
// webhook's lease. Threads: the service's strand; the database and payloads on pool threads. Limits: those of
// Lanes; prepared_max ahead, unwritten_max outcomes.
#pragma once

#include <hermod/task_group.hpp>
#include <memory>

#include "core/host/egress.hpp"
#include "core/host/thread_event.hpp"
#include "server/http/rate_limit.hpp"
#include "server/metrics/metrics.hpp"
#include "server/webhooks/lanes.hpp"
#include "server/webhooks/prepare.hpp"

namespace hermod::server {

struct DeliveryOptions {
  Duration timeout = std::chrono::seconds(10);
  int requests_max = 8;                          // under way at once, of a destination
  std::int64_t requests_per_second = 500;        // of a destination
  std::chrono::seconds failing_after{15 * 60};   // without a success: `failing`
  std::chrono::seconds failed_after{72 * 3600};  // `failed`; and so long a delivery is tried
};

// What all destinations of a process share; borrowed.
struct DeliveryTools {
  host::Runtime& runtime;
  Http& http;
  store::Database& database;
  const secrets::KeyRing& keys;
  Log& log;
  DeliveryOptions options;
  RateLimit& rates;
  Counter &delivered, &failed, &retried, &skipped;
  Histogram& attempt_seconds;
  TimePoint lease_end{};  // nothing is sent later
};

class Destination {
 public:
  static constexpr std::size_t prepared_max = 16, unwritten_max = 2'000;

  Destination(DeliveryTools& tools, const ids::ObjectId& webhook_id);

  // Until end(), a cancellation, or the webhook does not receive any more.
  Task<Status> run();
  bool done() const { return done_; }

  // There may be something new to deliver.
  void wake();
  // The settings are of that revision by now; 0: unknown.
  void changed(std::int64_t revision);
  // Begins nothing more; what is under way comes to its end.
  void end();
  // What a cancelled run did not write.
  std::vector<store::DeliveryOutcome> unwritten() && { return std::move(outcomes_); }

 private:
  struct Attempt {
    std::optional<int> code;
    std::optional<Error> error;
    Duration took{};
  };

  Task<Status> load_settings();
  bool wants_rows(TimePoint now) const;
  Task<Status> load_rows();
  void start_lanes(TaskGroup& group, Strand& strand);
  Lane* next_lane(TimePoint now);
  static Pace::Candidate candidate(const Lane& lane);
  Task<Status> run_lane(Lane* lane);
  Task<Result<bool>> ready_front(Lane* lane);
  Task<Status> prepare_lane(Lane* lane);
  Task<Result<Attempt>> post(HttpRequest request);
  void note(Lane& lane, const Attempt& attempt, TimePoint now);
  void succeeded();
  void failed(TimePoint now, const ids::ObjectId& account_id, const Error& error);
  void write_outcome(const LaneItem& item, store::DeliveryStatus status, const Attempt* attempt);
  Task<Status> write();
  TimePoint next_time(TimePoint now) const;
  Task<Status> await_change();

  DeliveryTools& tools_;
  const ids::ObjectId webhook_id_;
  const std::string label_;
  std::shared_ptr<const store::SecretWebhook> settings_;
  store::WebhookHealth health_;
  bool health_changed_ = false;
  std::optional<Pace> pace_;
  Lanes lanes_;
  int running_ = 0;
  bool woken_ = true, more_ = false, ended_ = false, done_ = false, stale_ = true, writing_ = false;
  TimePoint load_at_{};  // after a failure of the database
  std::vector<store::DeliveryOutcome> outcomes_;
  host::ThreadEvent changed_;
};

}  // namespace hermod::server
