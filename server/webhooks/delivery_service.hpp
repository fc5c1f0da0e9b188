// DeliveryService: the role `webhooks` of one process.
//
//   NOTIFY of the sequencer ─► fan_out(), batch by batch ─► wakes the destinations that got something
//   every hold_interval, or told by name ─► leases, catch_up(), what became of deliveries long ago is trimmed
//   a task for each webhook held: destination.hpp
//
// Any number of processes may run it: the log's reader is a locked row, and each webhook has one holder at a
// time. It has a runtime of its own, so that neither mailboxes nor deliveries wait for each other's sockets.
// Owner: the engine, one. Threads: any. Limit: webhooks_max held by a process.
#pragma once

#include <chrono>
#include <memory>

#include "core/host/egress.hpp"
#include "core/secrets/key_ring.hpp"
#include "server/metrics/metrics.hpp"
#include "server/webhooks/destination.hpp"
#include "server/webhooks/fan_out.hpp"

namespace hermod::server {

class DeliveryService {
 public:
  static constexpr int webhooks_max = 1'000;  // at most TaskGroup::tasks_max
  static constexpr int lease_seconds = 6;
  static constexpr std::chrono::milliseconds sweep_interval{1'000}, hold_interval{2'000};

  struct Options {
    DeliveryOptions delivery;
    FanOutOptions fan_out;
    std::chrono::seconds kept{7 * 24 * 3600};  // what became of deliveries
  };

  DeliveryService(store::Database& database, const secrets::KeyRing& keys, Log& log, Metrics& metrics,
                  host::EgressPolicy policy, Options options);
  ~DeliveryService();  // stop() without grace
  DeliveryService(const DeliveryService&) = delete;

  // Begins nothing new, waits so long for what is under way, and gives the webhooks to other processes.
  // Idempotent.
  void stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hermod::server
