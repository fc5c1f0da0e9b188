#include "core/sync/sync_service.hpp"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <list>
#include <mutex>
#include <random>
#include <unordered_map>
#include <unordered_set>

#include "core/host/root.hpp"

namespace hermod::sync {

namespace {

constexpr auto sweep_interval = std::chrono::milliseconds(1000);
constexpr auto start_interval =
    std::chrono::milliseconds(100);  // while accounts wait for their turn to log in
constexpr int requests_at_once = 1000;
constexpr int renewals_a_lease = 3;  // each writes a row an account
constexpr int statements_a_lease = 6;  // one that takes longer is given up
constexpr auto watch_interval = std::chrono::milliseconds(250);
using SteadyClock = std::chrono::steady_clock;

// So long after the last renewal, accounts must stop: their leases may soon go to others.
std::chrono::seconds sight_limit(const ServiceOptions& options) { return std::chrono::seconds(options.lease_seconds) * 2 / 3; }

// One account's supervisor and what it was started with.
struct RunningAccount {
  RunningAccount(const SyncServices& services, const store::Lease& lease) : lease(lease), sync(services, lease.account) {}
  store::Lease lease;
  AccountSync sync;
  host::Root<Status> root;
  std::atomic<bool> stopping = false;
};

}  // namespace

class SyncService::Loop {
 public:
  explicit Loop(SyncService& service)
      : service_(service), services_(service.services_), options_(service.options_), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    thread_ = std::thread([this] { run(); });
    watchdog_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
  }
  ~Loop() {
    stop();
    close(wake_);
  }

  void begin_stop() {
    stopping_ = true;
    const std::uint64_t one = 1;
    (void)!write(wake_, &one, sizeof one);
  }

  void stop() {
    if (!thread_.joinable()) return;
    begin_stop();
    thread_.join();
  }

 private:
  void run() {
    while (!stopping_) {
      sweep();
      hand_out_requests();
      wake_actions();
      wait();
    }
    shut_down();
  }

  // Until it is time for a sweep, or one is asked for; requests are handed out meanwhile.
  void wait() {
    const auto until = SteadyClock::now() + (unstarted_.empty() ? sweep_interval : start_interval);
    for (;;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now());
      pollfd watched[2] = {{wake_, POLLIN, 0}, {-1, POLLIN, 0}};
      if (listener_) watched[1].fd = PQsocket(listener_->handle());
      const int ready = poll(watched, 2, std::max(static_cast<int>(left.count()), 0));
      if (ready <= 0 || watched[0].revents != 0 || !listener_) return;
      const Heard heard = read_notifications();
      if (heard == Heard::grants) return;
      if (heard == Heard::requests) hand_out_requests();
      if (heard >= Heard::actions) wake_actions();
    }
  }

  enum class Heard : std::uint8_t { nothing, actions, requests, grants };  // the one that asks for more
  Heard read_notifications() {
    if (PQconsumeInput(listener_->handle()) == 0) {
      listener_.reset();
      return Heard::grants;
    }
    Heard heard = Heard::nothing;
    while (PGnotify* notification = PQnotifies(listener_->handle())) {
      const std::string_view channel = notification->relname;
      const Heard told = channel == store::requests_channel ? Heard::requests
                         : channel == store::actions_channel ? Heard::actions
                                                             : Heard::grants;
      heard = std::max(heard, told);
      if (told == Heard::grants) renewal_due_ = SteadyClock::now();
      PQfreemem(notification);
    }
    return heard;
  }

  // To accounts that run; the others get theirs when they do.
  void hand_out_requests() {
    if (running_.empty()) return;
    auto connection = database();
    if (!connection) return;
    auto waiting = store::waiting_requests(**connection, worker_id_, requests_at_once);
    if (!waiting || waiting->empty()) return;
    std::vector<ids::ObjectId> servable;
    for (const store::WaitingRequest& one : *waiting) {
      if (running_account(one.account_id) != nullptr) servable.push_back(one.request_id);
    }
    if (servable.empty()) return;
    auto taken = store::take_requests(**connection, worker_id_, servable);
    if (!taken) return;
    for (store::TakenRequest& request : *taken) {
      RunningAccount* account = running_account(request.account_id);
      const auto deadline = SteadyClock::now() + request.time_left;
      account->sync.submit({std::move(request), deadline});
    }
  }

  void wake_actions() {
    if (running_.empty()) return;
    auto connection = database();
    if (!connection) return;
    auto accounts = store::accounts_with_actions(**connection, worker_id_);
    if (!accounts) return;
    for (const ids::ObjectId& account_id : *accounts) {
      if (RunningAccount* account = running_account(account_id)) account->sync.wake_actions();
    }
  }

  RunningAccount* running_account(const ids::ObjectId& account_id) {
    const auto found = std::ranges::find_if(running_, [&](const RunningAccount& one) {
      return one.lease.account.account_id == account_id && !one.stopping && !one.root.done();
    });
    return found == running_.end() ? nullptr : &*found;
  }

  bool is_running(const ids::ObjectId& account_id) const {
    return std::ranges::any_of(running_, [&](const RunningAccount& one) { return one.lease.account.account_id == account_id; });
  }

  void sweep() {
    collect_finished();
    if (!listener_) listen();
    auto connection = database();
    if (!connection) {
      lose_sight(connection.error());
      return;
    }
    if (const auto now = SteadyClock::now(); now >= renewal_due_) {
      auto held = store::renew_leases(**connection, worker_id_, options_.lease_seconds);
      if (!held) {
        lose_sight(held.error());
        return;
      }
      service_.renewed_at_ = now;  // however long it took: the leases run from before it
      services_.log.write(LogLevel::debug, "sync.leases_renewed", {{"accounts", std::to_string(held->size())}});
      renewal_due_ = now + std::chrono::seconds(options_.lease_seconds) / renewals_a_lease;
      match(*held);
      give_back_abandoned(**connection, *held);
    }
    service_.healthy_ = true;
    const int room = options_.accounts_max - static_cast<int>(running_.size() + unstarted_.size());
    if (room > 0) {
      auto taken = store::acquire_leases(**connection, worker_id_, options_.lease_seconds, room);
      if (!taken) {
        lose_sight(taken.error());
        return;
      }
      unstarted_.insert(unstarted_.end(), taken->begin(), taken->end());
    }
    start_some();
  }

  void listen() {
    auto connection = services_.database.connect_alone();
    if (!connection) return;
    const std::string statements =
        std::string("LISTEN ") + store::grants_channel + "; LISTEN " + store::requests_channel + "; LISTEN " + store::actions_channel;
    if (!connection->script(statements)) return;
    listener_.emplace(std::move(*connection));
    renewal_due_ = SteadyClock::now();  // what was told meanwhile is not told again
  }

  // One of its own, so that nothing else that wants connections holds the leases up, and with a limit to its statements.
  Result<store::Connection*> database() {
    if (own_ && PQstatus(own_->handle()) != CONNECTION_OK) own_.reset();
    if (own_) return &*own_;
    auto connection = services_.database.connect_alone();
    if (!connection) return std::move(connection).error();
    const int limit_ms = options_.lease_seconds * 1000 / statements_a_lease;
    Status limited = connection->script("SET application_name = 'hermod leases'; SET statement_timeout = " + std::to_string(limit_ms));
    if (!limited) return std::move(limited).error();
    own_.emplace(std::move(*connection));
    return &*own_;
  }

  bool is_blind() const { return SteadyClock::now() - service_.renewed_at_.load() >= sight_limit(options_); }

  // The database cannot be reached: nothing is started on leases that may have gone to others.
  void lose_sight(const Error& error) {
    service_.healthy_ = false;
    services_.log.write(LogLevel::debug, "sync.sweep_failed", {{"kind", std::string(to_string(error.kind))}, {"message", error.message}});
    if (is_blind()) unstarted_.clear();
  }

  // On a thread of its own: accounts stop before their leases may have gone to others, also while the attempt to renew
  // them hangs.
  void watch(const std::stop_token& stop) {
    std::condition_variable_any never;
    std::unique_lock lock(running_mutex_);
    while (!never.wait_for(lock, stop, watch_interval, [&] { return stop.stop_requested(); })) {
      if (!is_blind()) continue;
      std::size_t stopped = 0;
      for (RunningAccount& account : running_) stopped += cancel(account) ? 1 : 0;
      if (stopped == 0) continue;
      services_.log.write(LogLevel::warn, "sync.leases_not_renewed", {{"accounts", std::to_string(stopped)}});
    }
  }

  // Stops accounts whose lease is gone, and starts those anew whose settings changed.
  void match(const std::vector<store::Lease>& held) {
    std::unordered_map<ids::ObjectId, const store::Lease*> by_account;
    for (const store::Lease& lease : held) by_account.emplace(lease.account.account_id, &lease);
    for (RunningAccount& account : running_) {
      const auto lease = by_account.find(account.lease.account.account_id);
      const bool same = lease != by_account.end() && lease->second->account.epoch == account.lease.account.epoch;
      if (!same || lease->second->settings_revision != account.lease.settings_revision) cancel(account);
    }
    std::erase_if(unstarted_, [&](const store::Lease& waiting) { return !by_account.contains(waiting.account.account_id); });
  }

  // Held, but nobody runs it: it ended while the database could not be told. Renewed for ever, nobody would ever run it.
  void give_back_abandoned(store::Connection& connection, const std::vector<store::Lease>& held) {
    std::unordered_set<ids::ObjectId> ours;
    for (const RunningAccount& account : running_) ours.insert(account.lease.account.account_id);
    for (const store::Lease& waiting : unstarted_) ours.insert(waiting.account.account_id);
    for (const store::Lease& lease : held) {
      if (!ours.contains(lease.account.account_id)) (void)store::release_lease(connection, worker_id_, lease.account);
    }
  }

  // True when it ran until now.
  static bool cancel(RunningAccount& account) {
    if (account.stopping.exchange(true)) return false;
    account.root.cancel();
    return true;
  }

  void start_some() {
    const auto now = SteadyClock::now();
    const double refill = std::chrono::duration<double>(now - refilled_at_).count() * options_.logins_per_second;
    refilled_at_ = now;
    starts_left_ = std::min(starts_left_ + refill, static_cast<double>(options_.logins_per_second));
    for (auto waiting = unstarted_.begin(); waiting != unstarted_.end() && starts_left_ >= 1;) {
      if (is_running(waiting->account.account_id)) {  // under an earlier epoch, to its end
        ++waiting;
        continue;
      }
      starts_left_ -= std::uniform_real_distribution(0.5, 1.5)(random_);  // so that workers do not start in step
      const std::lock_guard lock(running_mutex_);
      RunningAccount& account = running_.emplace_back(services_, *waiting);
      waiting = unstarted_.erase(waiting);
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
      if (auto connection = database()) (void)store::release_lease(**connection, worker_id_, account->lease.account);
      const std::lock_guard lock(running_mutex_);
      account = running_.erase(account);
    }
    service_.account_count_ = running_.size();
  }

  void shut_down() {
    for (RunningAccount& account : running_) cancel(account);
    for (RunningAccount& account : running_) account.root.join();
    {
      const std::lock_guard lock(running_mutex_);
      running_.clear();
    }
    listener_.reset();
    if (auto connection = database()) (void)store::release_leases(**connection, worker_id_);
    own_.reset();
    service_.account_count_ = 0;
  }

  SyncService& service_;
  const SyncServices& services_;
  const ServiceOptions options_;
  const ids::ObjectId worker_id_ = ids::new_object_id();
  const int wake_;
  std::atomic<bool> stopping_ = false;
  std::optional<store::Connection> listener_;
  std::optional<store::Connection> own_;
  std::mutex running_mutex_;  // the loop's thread changes it, that thread and the watchdog read it
  std::list<RunningAccount> running_;
  std::vector<store::Lease> unstarted_;
  SteadyClock::time_point renewal_due_ = SteadyClock::now();
  SteadyClock::time_point refilled_at_ = SteadyClock::now();
  double starts_left_ = 1;
  std::minstd_rand random_{std::random_device{}()};
  std::thread thread_;
  std::jthread watchdog_;
};

SyncService::SyncService(SyncServices services, ServiceOptions options)
    : services_(std::move(services)), options_(options) {}
SyncService::~SyncService() = default;
void SyncService::start() {
  healthy_ = true;  // until a sweep says otherwise
  renewed_at_ = SteadyClock::now();
  loop_ = std::make_unique<Loop>(*this);
}
bool SyncService::healthy() const noexcept {
  return healthy_ && SteadyClock::now() - renewed_at_.load() < sight_limit(options_);
}
void SyncService::begin_stop() {
  if (loop_) loop_->begin_stop();
}
void SyncService::stop() {
  if (loop_) loop_->stop();
}

}  // namespace hermod::sync
