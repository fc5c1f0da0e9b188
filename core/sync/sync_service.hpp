// SyncService: the sync role. Takes leases, runs a supervisor for each leased account, hands them back at the end.
//
// One thread of its own renews the leases, takes free ones and starts accounts, at most logins_per_second of them a
// second, most recently active first; it is woken by NOTIFY, and sweeps every second in case one was lost. When leases
// cannot be renewed, a second thread stops the accounts before the leases end. Owner: the program, one.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "core/sync/account_sync.hpp"

namespace hermod::sync {

struct ServiceOptions {
  int lease_seconds = 30;
  int accounts_max = 10'000;
  int logins_per_second = 10;
};

class SyncService {
 public:
  SyncService(SyncServices services, ServiceOptions options);
  ~SyncService();  // stops
  SyncService(const SyncService&) = delete;

  void start();
  // Asks for what stop() does, and does not wait for it.
  void begin_stop();
  // Cancels every account, waits for them (their good-byes are bounded), releases the leases. Idempotent.
  void stop();
  // For /readyz: whether the leases were renewed lately, also where the attempt to do so hangs.
  bool healthy() const noexcept;
  std::size_t accounts() const noexcept { return account_count_; }

 private:
  class Loop;
  SyncServices services_;
  ServiceOptions options_;
  std::atomic<bool> healthy_ = false;
  std::atomic<std::chrono::steady_clock::time_point> renewed_at_{};
  std::atomic<std::size_t> account_count_ = 0;
  std::unique_ptr<Loop> loop_;
};

}  // namespace hermod::sync
