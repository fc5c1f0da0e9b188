#include "core/sync/sync_service.hpp"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <list>

#include "core/host/root.hpp"

namespace hermod::sync {

namespace {

constexpr int sweep_milliseconds = 1000;
using SteadyClock = std::chrono::steady_clock;

// One account's supervisor and what it was started with.
struct RunningAccount {
  RunningAccount(const SyncServices& services, const store::Lease& lease) : lease(lease), sync(services, lease.account) {}
  store::Lease lease;
  AccountSync sync;
  host::Root<Status> root;
  bool stopping = false;
};

}  // namespace

class SyncService::Loop {
 public:
  explicit Loop(SyncService& service)
      : service_(service), services_(service.services_), options_(service.options_), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    thread_ = std::thread([this] { run(); });
  }
  ~Loop() {
    stop();
    close(wake_);
  }

  void stop() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    const std::uint64_t one = 1;
    (void)!write(wake_, &one, sizeof one);
    thread_.join();
  }

 private:
  void run() {
    while (!stopping_) {
      sweep();
      wait(sweep_milliseconds);
    }
    shut_down();
  }

  // Until notified, woken by stop(), or for that long.
  void wait(int milliseconds) {
    pollfd watched[2] = {{wake_, POLLIN, 0}, {-1, POLLIN, 0}};
    if (listener_) watched[1].fd = PQsocket(listener_->handle());
    poll(watched, 2, unstarted_.empty() ? milliseconds : std::min(milliseconds, 100));
    if (!listener_) return;
    if (PQconsumeInput(listener_->handle()) == 0) {
      listener_.reset();
      return;
    }
    while (PGnotify* notification = PQnotifies(listener_->handle())) PQfreemem(notification);
  }

  void sweep() {
    collect_finished();
    if (!listener_) listen();
    auto connection = services_.database.connect();
    if (!connection) {
      lose_sight(connection.error());
      return;
    }
    auto held = store::renew_leases(*connection, worker_id_, options_.lease_seconds);
    if (!held) {
      lose_sight(held.error());
      return;
    }
    renewed_at_ = SteadyClock::now();
    service_.healthy_ = true;
    match(*held);
    const int room = options_.accounts_max - static_cast<int>(running_.size() + unstarted_.size());
    if (room > 0) {
      auto taken = store::acquire_leases(*connection, worker_id_, options_.lease_seconds, room);
      if (!taken) return;
      unstarted_.insert(unstarted_.end(), taken->begin(), taken->end());
    }
    start_some();
  }

  void listen() {
    auto connection = services_.database.connect_alone();
    if (!connection) return;
    if (!connection->script(std::string("LISTEN ") + store::grants_channel)) return;
    listener_.emplace(std::move(*connection));
  }

  // The database cannot be reached: accounts stop before their leases may have gone to others.
  void lose_sight(const Error& error) {
    service_.healthy_ = false;
    const auto limit = std::chrono::seconds(options_.lease_seconds) * 2 / 3;
    if (SteadyClock::now() - renewed_at_ < limit) return;
    if (!running_.empty()) {
      services_.log.write(LogLevel::warn, "sync.leases_not_renewed", {{"kind", std::string(to_string(error.kind))}, {"message", error.message}});
    }
    for (RunningAccount& account : running_) cancel(account);
    unstarted_.clear();
  }

  // Stops accounts whose lease is gone, and starts those anew whose settings changed.
  void match(const std::vector<store::Lease>& held) {
    for (RunningAccount& account : running_) {
      auto lease = std::find_if(held.begin(), held.end(), [&](const store::Lease& one) {
        return one.account.account_id == account.lease.account.account_id;
      });
      const bool same = lease != held.end() && lease->account.epoch == account.lease.account.epoch;
      if (!same || lease->settings_revision != account.lease.settings_revision) cancel(account);
    }
    std::erase_if(unstarted_, [&](const store::Lease& waiting) {
      return std::none_of(held.begin(), held.end(), [&](const store::Lease& one) {
        return one.account.account_id == waiting.account.account_id;
      });
    });
  }

  void cancel(RunningAccount& account) {
    if (std::exchange(account.stopping, true)) return;
    account.root.cancel();
  }

  void start_some() {
    const auto now = SteadyClock::now();
    const double refill = std::chrono::duration<double>(now - refilled_at_).count() * options_.logins_per_second;
    refilled_at_ = now;
    starts_left_ = std::min(starts_left_ + refill, static_cast<double>(options_.logins_per_second));
    while (!unstarted_.empty() && starts_left_ >= 1) {
      starts_left_ -= 1;
      const store::Lease lease = unstarted_.front();
      unstarted_.erase(unstarted_.begin());
      RunningAccount& account = running_.emplace_back(services_, lease);
      const int wake = wake_;
      account.root = host::Root<Status>::start(services_.runtime, services_.runtime.make_strand(), account.sync.run(),
                                               [wake](Status) {
                                                 const std::uint64_t one = 1;
                                                 (void)!write(wake, &one, sizeof one);
                                               });
    }
    service_.account_count_ = running_.size();
  }

  // An account that ended by itself gives its lease back; it is taken again when it is to be synced again.
  void collect_finished() {
    std::uint64_t count = 0;
    (void)!read(wake_, &count, sizeof count);
    for (auto account = running_.begin(); account != running_.end();) {
      if (!account->root.done()) {
        ++account;
        continue;
      }
      if (auto connection = services_.database.connect()) {
        (void)store::release_lease(*connection, worker_id_, account->lease.account.account_id);
      }
      account = running_.erase(account);
    }
    service_.account_count_ = running_.size();
  }

  void shut_down() {
    for (RunningAccount& account : running_) cancel(account);
    for (RunningAccount& account : running_) account.root.join();
    running_.clear();
    listener_.reset();
    if (auto connection = services_.database.connect()) (void)store::release_leases(*connection, worker_id_);
    service_.account_count_ = 0;
  }

  SyncService& service_;
  const SyncServices& services_;
  const ServiceOptions options_;
  const ids::ObjectId worker_id_ = ids::new_object_id();
  const int wake_;
  std::atomic<bool> stopping_ = false;
  std::optional<store::Connection> listener_;
  std::list<RunningAccount> running_;
  std::vector<store::Lease> unstarted_;
  SteadyClock::time_point renewed_at_ = SteadyClock::now();
  SteadyClock::time_point refilled_at_ = SteadyClock::now();
  double starts_left_ = 1;
  std::thread thread_;
};

SyncService::SyncService(SyncServices services, ServiceOptions options)
    : services_(std::move(services)), options_(options) {}
SyncService::~SyncService() = default;
void SyncService::start() {
  healthy_ = true;  // until a sweep says otherwise
  loop_ = std::make_unique<Loop>(*this);
}
void SyncService::stop() {
  if (loop_) loop_->stop();
}

}  // namespace hermod::sync
