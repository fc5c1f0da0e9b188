#include "server/webhooks/delivery_service.hpp"

#include <algorithm>
#include <hermod/race.hpp>
#include <map>
#include <mutex>

#include "core/feed/sequencer.hpp"
#include "core/host/on_pool.hpp"
#include "core/host/root.hpp"
#include "core/store/application_store.hpp"
#include "core/store/notification_listener.hpp"

namespace hermod::server {
namespace {

constexpr auto trim_interval = std::chrono::minutes(1);
constexpr auto lease_margin = std::chrono::seconds(1);
constexpr auto full_interval = std::chrono::seconds(1);
constexpr auto chore_max = std::chrono::seconds(1);  // leases are renewed in between
constexpr unsigned pool_threads = 4, resolver_threads = 16;
constexpr unsigned connections_max = 4'096;

// A destination has its own limit, so there is none by host: one that is slow must not hold up another behind
// the same gateway.
host::EgressPolicy for_destinations(host::EgressPolicy policy) {
  policy.http_connections_max = connections_max;
  policy.http_connections_per_host_max = connections_max;
  return policy;
}

}  // namespace

struct DeliveryService::Impl {
  Impl(store::Database& given, const secrets::KeyRing& keys, Log& logger, Metrics& metrics,
       host::EgressPolicy policy, Options wanted)
      : database(given),
        log(logger),
        options(wanted),
        runtime({.network_threads = 1, .pool_threads = pool_threads, .resolver_threads = resolver_threads}),
        egress(runtime, for_destinations(std::move(policy))),
        strand(runtime.make_strand()),
        rates(options.delivery.requests_per_second),
        pending(metrics.gauge("hermod_webhook_pending",
                              "Deliveries that wait, of the webhooks of this process.")),
        lag(metrics.gauge("hermod_webhook_lag_seconds",
                          "Age of the oldest change that waits for its delivery.")),
        held(metrics.gauge("hermod_webhooks_held", "Webhooks that this process delivers to.")),
        tools{runtime,
              egress.http(),
              database,
              keys,
              log,
              options.delivery,
              rates,
              of_outcome(metrics, "delivered"),
              of_outcome(metrics, "failed"),
              of_outcome(metrics, "retried"),
              of_outcome(metrics, "skipped"),
              metrics.histogram("hermod_webhook_attempt_seconds", "Time of an attempt to deliver."),
              {}} {
    root = host::Root<Status>::start(runtime, strand, run());
    feed_listener = std::make_unique<store::NotificationListener>(
        database, feed::feed_channel, sweep_interval, [this](std::string_view) { fan_out_wanted.notify(); });
    webhooks_listener =
        std::make_unique<store::NotificationListener>(database, store::webhooks_channel, hold_interval,
                                                      [this](std::string_view payload) { told(payload); });
  }

  ~Impl() { stop(std::chrono::milliseconds(0)); }

  static Counter& of_outcome(Metrics& metrics, std::string_view outcome) {
    return metrics.counter("hermod_webhook_deliveries_total", "What became of deliveries.",
                           {{"outcome", outcome}});
  }

  // --- from other threads

  void told(std::string_view payload) {
    if (const auto webhook_id = ids::parse_uuid_text(payload)) {
      const std::lock_guard lock(mutex);
      named.insert(*webhook_id);
    }
    hold_wanted.notify();
  }

  void stop(std::chrono::milliseconds grace) {
    if (stopped) return;
    stopped = true;
    feed_listener.reset();
    webhooks_listener.reset();
    host::run_on(*strand, [this, grace] {
      stop_grace = grace;
      stopping = true;
      fan_out_wanted.notify();
      hold_wanted.notify();
    });
    root.join();
    give_back();
  }

  // What could not be written any more is tried once; what fails is delivered again by whoever comes next.
  void give_back() {
    auto connection = database.connect();
    if (!connection) return;
    if (!left_over.empty()) (void)store::record_outcomes(*connection, left_over);
    (void)store::release_webhooks(*connection, worker_id);
  }

  // --- on the strand

  Task<Status> run() {
    Context& context = co_await current_context();
    TaskGroup group(context);
    (void)group.spawn(keep_webhooks());
    (void)co_await fan_out_changes();
    const TimePoint end = context.strand().now() + stop_grace;
    for (auto& [webhook_id, each] : destinations) each->end();
    while (deliveries && deliveries->running() > 0 && context.strand().now() < end)
      (void)co_await with_deadline(deliveries->wait_one(), end - context.strand().now());
    group.cancel();
    (void)co_await group.join();
    for (auto& [webhook_id, each] : destinations) {
      auto outcomes = std::move(*each).unwritten();
      left_over.insert(left_over.end(), outcomes.begin(), outcomes.end());
    }
    co_return ok();
  }

  static Task<Status> await_event(host::ThreadEvent* event) { co_return co_await event->wait(); }

  template <class Work>
  auto on_database(Work work) {
    return host::on_pool(runtime, [this, work]() -> std::invoke_result_t<Work, store::Connection&> {
      auto connection = database.connect();
      if (!connection) return std::move(connection).error();
      return work(*connection);
    });
  }

  Task<Status> fan_out_changes() {
    Context& context = co_await current_context();
    TimePoint full_at{};
    while (!stopping) {
      (void)co_await await_event(&fan_out_wanted);
      for (bool more = true; more && !stopping;) {
        const bool look = context.strand().now() >= full_at;
        if (look) full_at = context.strand().now() + full_interval;
        auto step = co_await on_database([this, look](store::Connection& connection) {
          return fan_out(connection, options.fan_out, look ? FullWebhooks::looked_for : FullWebhooks::left);
        });
        more = step && step->more;
        if (step) (void)co_await tell(step->webhooks);
        if (!step) told_failure("webhooks.not_queued", step.error());
      }
    }
    co_return ok();
  }

  // Wakes who delivers, here or in another process.
  Task<Status> tell(std::set<ids::ObjectId> webhooks) {
    std::vector<std::string> elsewhere;
    for (const ids::ObjectId& webhook_id : webhooks) {
      const auto found = destinations.find(webhook_id);
      if (found != destinations.end()) {
        found->second->wake();
      } else {
        elsewhere.push_back(ids::to_uuid_text(webhook_id));
      }
    }
    if (!elsewhere.empty()) {
      (void)co_await on_database([elsewhere](store::Connection& connection) {
        return connection.query("SELECT pg_notify($1, w) FROM unnest($2::text[]) w", store::webhooks_channel,
                                elsewhere);
      });
    }
    co_return ok();
  }

  Task<Status> keep_webhooks() {
    Context& context = co_await current_context();
    TaskGroup group(context);
    deliveries = &group;
    TimePoint trim_at{};
    while (!stopping && !context.cancelled()) {
      std::set<ids::ObjectId> told;
      {
        const std::lock_guard lock(mutex);
        told = std::exchange(named, {});
      }
      for (const ids::ObjectId& webhook_id : told) {
        if (const auto found = destinations.find(webhook_id); found != destinations.end()) {
          found->second->changed(0);
        }
      }
      (void)co_await hold(group);
      (void)co_await catch_up_all();
      if (context.strand().now() >= trim_at) {
        const auto more = co_await trim();
        if (!more || !*more) trim_at = context.strand().now() + trim_interval;
      }
      (void)co_await with_deadline(await_event(&hold_wanted), hold_interval);
    }
    // run() waits for them, and cancels what takes longer.
    (void)co_await group.join();
    deliveries = nullptr;
    co_return ok();
  }

  Task<Status> hold(TaskGroup& group) {
    const TimePoint began = strand->now();
    auto leases = co_await on_database([this](store::Connection& connection) {
      return store::hold_webhooks(connection, worker_id, lease_seconds, webhooks_max);
    });
    if (!leases) {
      told_failure("webhooks.not_held", leases.error());
      co_return ok();
    }
    tools.lease_end = began + std::chrono::seconds(lease_seconds) - lease_margin;
    std::erase_if(destinations, [](const auto& each) { return each.second->done(); });
    std::set<ids::ObjectId> mine;
    for (const store::HeldWebhook& lease : *leases) {
      mine.insert(lease.webhook_id);
      auto found = destinations.find(lease.webhook_id);
      if (found == destinations.end()) {
        if (stopping) continue;
        auto destination = std::make_shared<Destination>(tools, lease.webhook_id);
        if (group.spawn(deliver(destination))) destinations.emplace(lease.webhook_id, std::move(destination));
        continue;
      }
      found->second->changed(lease.revision);
      if (lease.has_pending) found->second->wake();
    }
    for (auto& [webhook_id, each] : destinations) {
      if (!mine.contains(webhook_id)) each->end();
    }
    held.set(static_cast<double>(mine.size()));
    auto state = co_await on_database(
        [this](store::Connection& connection) { return store::queue_state(connection, worker_id); });
    if (state) {
      pending.set(static_cast<double>(state->pending));
      lag.set(state->oldest_at == 0
                  ? 0
                  : static_cast<double>(std::max<std::int64_t>(store::unix_seconds() - state->oldest_at, 0)));
    }
    co_return ok();
  }

  static Task<Status> deliver(std::shared_ptr<Destination> destination) {
    co_return co_await destination->run();
  }

  // A step of each in turn, as long as there is time; what is left follows soon.
  Task<Status> catch_up_all() {
    const TimePoint end = strand->now() + chore_max;
    for (;;) {
      auto behind = co_await on_database([this](store::Connection& connection) {
        return store::webhooks_behind(connection, options.fan_out.pending_max);
      });
      if (!behind || behind->empty()) co_return ok();
      std::ranges::rotate(*behind, std::ranges::upper_bound(*behind, caught_up));
      bool more = false;
      for (const ids::ObjectId& webhook_id : *behind) {
        if (stopping) co_return ok();
        caught_up = webhook_id;
        auto step = co_await on_database([this, webhook_id](store::Connection& connection) {
          return catch_up(connection, webhook_id, options.fan_out);
        });
        if (!step) told_failure("webhooks.not_caught_up", step.error());
        if (step) (void)co_await tell(step->webhooks);
        more = more || (step && step->more);
        if (strand->now() < end) continue;
        hold_wanted.notify();
        co_return ok();
      }
      if (!more) co_return ok();
    }
  }

  // True: there may be more.
  Task<Result<bool>> trim() {
    const TimePoint end = strand->now() + chore_max;
    for (;;) {
      auto trimmed = co_await on_database(
          [this](store::Connection& connection) { return store::trim_deliveries(connection, options.kept); });
      if (!trimmed) co_return std::move(trimmed).error();
      if (*trimmed == 0) co_return false;
      if (stopping || strand->now() >= end) co_return true;
    }
  }

  void told_failure(const char* event, const Error& error) {
    log.write(LogLevel::debug, event,
              {{"kind", std::string(to_string(error.kind))}, {"detail", error.detail}});
  }

  store::Database& database;
  Log& log;
  const Options options;
  host::Runtime runtime;
  host::Egress egress;
  std::shared_ptr<Strand> strand;
  RateLimit rates;
  Gauge &pending, &lag, &held;
  DeliveryTools tools;
  const ids::ObjectId worker_id = ids::new_object_id();

  std::mutex mutex;
  std::set<ids::ObjectId> named;  // guarded by it
  host::ThreadEvent fan_out_wanted, hold_wanted;

  // Of the strand.
  std::map<ids::ObjectId, std::shared_ptr<Destination>> destinations;
  TaskGroup* deliveries = nullptr;
  ids::ObjectId caught_up;  // the webhook whose turn was last
  bool stopping = false;
  std::chrono::milliseconds stop_grace{0};
  std::vector<store::DeliveryOutcome> left_over;

  bool stopped = false;  // of the owner
  host::Root<Status> root;
  std::unique_ptr<store::NotificationListener> feed_listener, webhooks_listener;
};

DeliveryService::DeliveryService(store::Database& database, const secrets::KeyRing& keys, Log& log,
                                 Metrics& metrics, host::EgressPolicy policy, Options options)
    : impl_(std::make_unique<Impl>(database, keys, log, metrics, std::move(policy), options)) {}
DeliveryService::~DeliveryService() = default;

void DeliveryService::stop(std::chrono::milliseconds grace) { impl_->stop(grace); }

}  // namespace hermod::server
