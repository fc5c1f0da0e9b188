#include "server/webhooks/destination.hpp"

#include <algorithm>
#include <hermod/race.hpp>

#include "core/durability/durable_step.hpp"
#include "core/host/on_pool.hpp"
#include "core/store/application_store.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr auto database_pause = std::chrono::seconds(1);
constexpr auto rate_pause_min = std::chrono::milliseconds(1);
constexpr auto idle_pause = std::chrono::seconds(60);  // who has something to tell wakes
bool is_success(int code) { return code >= 200 && code < 300; }

Error answered(int code) {
  return failure(ErrorKind::unavailable, "the destination answered " + std::to_string(code));
}

}  // namespace

Destination::Destination(DeliveryTools& tools, const ids::ObjectId& webhook_id)
    : tools_(tools), webhook_id_(webhook_id), label_(ids::to_public(webhook_id)) {}

void Destination::wake() {
  woken_ = true;
  changed_.notify();
}

void Destination::changed(std::int64_t revision) {
  if (revision != 0 && settings_ && settings_->webhook.revision == revision) return;
  stale_ = true;
  wake();
}

void Destination::end() {
  ended_ = true;
  changed_.notify();
}

Task<Status> Destination::await_change() { co_return co_await changed_.wait(); }

Task<Status> Destination::run() {
  Context& context = co_await current_context();
  TaskGroup group(context);
  while (!ended_ && !context.cancelled()) {
    TimePoint now = context.strand().now();
    if (stale_ && now >= load_at_) {
      if (Status loaded = co_await load_settings(); !loaded) load_at_ = now + database_pause;
      if (ended_) break;
    }
    if (settings_ && wants_rows(now)) {
      if (Status loaded = co_await load_rows(); !loaded) load_at_ = now + database_pause;
    }
    if (settings_) start_lanes(group, context.strand());
    now = context.strand().now();
    if (!outcomes_.empty() && !writing_) (void)group.spawn(write());
    (void)co_await with_deadline(await_change(), next_time(now) - now);
  }
  ended_ = true;
  (void)co_await group.join();
  if (!outcomes_.empty() || health_changed_) (void)co_await write();
  done_ = true;
  co_return ok();
}

Task<Status> Destination::load_settings() {
  auto loaded =
      co_await host::on_pool(tools_.runtime, [this]() -> Result<std::shared_ptr<const store::SecretWebhook>> {
        auto connection = tools_.database.connect();
        if (!connection) return std::move(connection).error();
        auto webhook = store::load_webhook(*connection, tools_.keys, webhook_id_);
        if (!webhook) return std::move(webhook).error();
        return std::make_shared<const store::SecretWebhook>(std::move(*webhook));
      });
  if (!loaded) {
    if (loaded.error().kind == ErrorKind::not_found) {  // deleted
      ended_ = true;
      co_return std::move(loaded).error();
    }
    tools_.log.write(LogLevel::warn, "webhook.not_loaded",
                     {{"webhook", label_}, {"kind", std::string(to_string(loaded.error().kind))}});
    co_return std::move(loaded).error();
  }
  stale_ = false;
  const bool same = settings_ && settings_->webhook.revision == (*loaded)->webhook.revision;
  settings_ = std::move(*loaded);
  const store::Webhook& webhook = settings_->webhook;
  if (same) co_return ok();
  health_ = {webhook.status, webhook.failing_since};
  health_changed_ = false;
  if (webhook.status == store::WebhookStatus::failed || webhook.status == store::WebhookStatus::pause)
    ended_ = true;
  pace_.emplace(tools_.options.requests_max,
                webhook.failing_since ? Pace::Beginning::failing : Pace::Beginning::trusted);
  lanes_.retry_all();  // perhaps that was mended
  co_return ok();
}

// --- rows

bool Destination::wants_rows(TimePoint now) const {
  if (!(woken_ || more_) || now < load_at_ || outcomes_.size() >= unwritten_max) return false;
  return lanes_.has_room();
}

Task<Status> Destination::load_rows() {
  woken_ = false;
  const store::PendingQuery query = lanes_.next_load(webhook_id_);
  auto rows = co_await host::on_pool(tools_.runtime, [&]() -> Result<std::vector<store::PendingDelivery>> {
    auto connection = tools_.database.connect();
    if (!connection) return std::move(connection).error();
    return store::pending_deliveries(*connection, query);
  });
  if (!rows) {
    woken_ = true;
    co_return std::move(rows).error();
  }
  more_ = rows->size() == static_cast<std::size_t>(query.limit);
  if (lanes_.take(std::move(*rows))) woken_ = true;
  co_return ok();
}

// --- lanes

// A lane may come to its end at once, so the time is asked for each.
void Destination::start_lanes(TaskGroup& group, Strand& strand) {
  while (!ended_ && strand.now() < tools_.lease_end && outcomes_.size() < unwritten_max) {
    const TimePoint now = strand.now();
    Lane* lane = next_lane(now);
    if (lane == nullptr || running_ >= pace_->allowed(now, candidate(*lane))) return;
    lane->running = true;
    lane->tried_at = now;
    ++running_;
    if (Status started = group.spawn(run_lane(lane)); !started) {
      lane->running = false;
      --running_;
      return;
    }
  }
}

Lane* Destination::next_lane(TimePoint now) {
  return lanes_.next(now, pace_->down() ? Lanes::Destination::down : Lanes::Destination::up);
}

Pace::Candidate Destination::candidate(const Lane& lane) {
  return lane.failing ? Pace::Candidate::failed_before : Pace::Candidate::newcomer;
}

Task<Status> Destination::run_lane(Lane* lane) {
  Context& context = co_await current_context();
  for (std::size_t sent = 0; sent < prepared_max; ++sent) {
    const auto ready = co_await ready_front(lane);
    if (!ready || !*ready) break;
    LaneItem& item = lane->items.front();
    if (!item.request) {
      write_outcome(item, store::DeliveryStatus::skipped, nullptr);
      tools_.skipped.add();
      lanes_.settle_front(*lane);
      continue;
    }
    const auto attempt = co_await post(std::move(*item.request));
    if (!attempt || context.cancelled()) break;
    note(*lane, *attempt, context.strand().now());
    if (attempt->error) break;
  }
  --running_;
  if (lanes_.stopped(*lane)) woken_ = true;
  changed_.notify();
  co_return ok();
}

// Whether the first of the lane can be sent now.
Task<Result<bool>> Destination::ready_front(Lane* lane) {
  Context& context = co_await current_context();
  while (!ended_ && !context.cancelled() && !lane->items.empty() &&
         context.strand().now() < tools_.lease_end) {
    const LaneItem& item = lane->items.front();
    if (!item.prepared || item.revision != settings_->webhook.revision) {
      if (Status prepared = co_await prepare_lane(lane); !prepared) {
        lanes_.hold_back(*lane, context.strand().now() + database_pause);
        co_return false;
      }
      continue;
    }
    const Status admitted = tools_.rates.admit(label_, context.strand().now());
    if (admitted) co_return true;
    (void)co_await host::sleep_for(std::max<Duration>(admitted.error().retry.delay, rate_pause_min));
  }
  co_return false;
}

Task<Status> Destination::prepare_lane(Lane* lane) {
  const auto settings = settings_;
  std::vector<store::PendingDelivery> deliveries;
  for (const LaneItem& item : lane->items) {
    if (deliveries.size() == prepared_max) break;
    deliveries.push_back(item.of);
  }
  auto requests =
      co_await host::on_pool(tools_.runtime, [&]() -> Result<std::vector<std::optional<HttpRequest>>> {
        auto connection = tools_.database.connect();
        if (!connection) return std::move(connection).error();
        return prepare(*connection, *settings, deliveries, tools_.options.timeout);
      });
  if (!requests) co_return std::move(requests).error();
  // Rows may have come in between meanwhile.
  for (LaneItem& item : lane->items) {
    const auto found =
        std::ranges::find(deliveries, item.of.delivery_id, &store::PendingDelivery::delivery_id);
    if (found == deliveries.end()) continue;
    item.request = std::move((*requests)[static_cast<std::size_t>(found - deliveries.begin())]);
    item.revision = settings->webhook.revision;
    item.prepared = true;
  }
  co_return ok();
}

Task<Result<Destination::Attempt>> Destination::post(HttpRequest request) {
  Strand& strand = (co_await current_context()).strand();
  const TimePoint began = strand.now();
  Attempt attempt;
  auto response = co_await with_deadline(tools_.http.request(std::move(request)), tools_.options.timeout);
  attempt.took = strand.now() - began;
  if (!response) {
    attempt.error = std::move(response).error();
    co_return attempt;
  }
  attempt.code = (*response)->status();
  if (!is_success(*attempt.code)) attempt.error = answered(*attempt.code);
  // To its end, so that the connection can be used again. What it says does not matter.
  (void)co_await with_deadline((*response)->read_all(), tools_.options.timeout - attempt.took);
  attempt.took = strand.now() - began;
  co_return attempt;
}

// --- outcomes

void Destination::note(Lane& lane, const Attempt& attempt, TimePoint now) {
  LaneItem& item = lane.items.front();
  tools_.attempt_seconds.observe(std::chrono::duration<double>(attempt.took).count());
  if (!attempt.error) {
    tools_.delivered.add();
    write_outcome(item, store::DeliveryStatus::delivered, &attempt);
    lanes_.settle_front(lane);
    lane.backoff.reset();
    lane.failing = false;
    lane.retry_at = {};
    return succeeded();
  }
  ++item.of.attempts;
  item.prepared = false;  // the next try tells how things are then
  item.request.reset();
  const bool given_up = store::unix_seconds() - item.of.queued_at >= tools_.options.failed_after.count();
  (given_up ? tools_.failed : tools_.retried).add();
  write_outcome(item, given_up ? store::DeliveryStatus::failed : store::DeliveryStatus::pending, &attempt);
  lanes_.hold_back(lane, now + lane.backoff.next(*attempt.error));
  const ids::ObjectId account_id = lane.items.front().of.account_id;
  if (given_up) lanes_.settle_front(lane);
  failed(now, account_id, *attempt.error);
}

void Destination::succeeded() {
  if (pace_->down()) lanes_.retry_all();
  pace_->succeeded();
  if (!health_.failing_since && health_.status == store::WebhookStatus::active) return;
  if (health_.status != store::WebhookStatus::active)
    tools_.log.write(LogLevel::info, "webhook.active", {{"webhook", label_}});
  health_ = {};
  health_changed_ = true;
}

void Destination::failed(TimePoint now, const ids::ObjectId& account_id, const Error& error) {
  pace_->failed(now, account_id, error);
  const std::int64_t at = store::unix_seconds();
  const store::WebhookHealth before = health_;
  if (!health_.failing_since) health_.failing_since = at;
  const std::int64_t since = at - *health_.failing_since;
  if (since >= tools_.options.failing_after.count()) health_.status = store::WebhookStatus::failing;
  if (since >= tools_.options.failed_after.count()) health_.status = store::WebhookStatus::failed;
  health_changed_ =
      health_changed_ || before.status != health_.status || before.failing_since != health_.failing_since;
  if (before.status != health_.status) {
    tools_.log.write(LogLevel::warn, "webhook." + std::string(store::to_string(health_.status)),
                     {{"webhook", label_}, {"kind", std::string(to_string(error.kind))}});
  }
  if (health_.status == store::WebhookStatus::failed) ended_ = true;
}

void Destination::write_outcome(const LaneItem& item, store::DeliveryStatus status, const Attempt* attempt) {
  store::DeliveryOutcome outcome;
  outcome.delivery_id = item.of.delivery_id;
  outcome.status = status;
  outcome.attempted = attempt != nullptr;
  outcome.attempted_at = store::unix_seconds();
  if (attempt != nullptr) {
    outcome.response_code = attempt->code;
    outcome.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(attempt->took).count();
    if (attempt->error) outcome.error = attempt->error->message;
  }
  outcomes_.push_back(std::move(outcome));
  changed_.notify();
}

// All that there is by now, until there is nothing more. What cannot be written is kept.
Task<Status> Destination::write() {
  writing_ = true;
  while (!outcomes_.empty() || health_changed_) {
    const auto outcomes = std::exchange(outcomes_, {});
    std::optional<store::WebhookHealth> health;
    if (std::exchange(health_changed_, false)) health = health_;
    Status written = co_await host::on_pool(tools_.runtime, [&]() -> Status {
      auto connection = tools_.database.connect();
      if (!connection) return std::move(connection).error();
      if (Status recorded = store::record_outcomes(*connection, outcomes); !recorded) return recorded;
      durability::passed(durability::DurableStep::outcomes_written);
      if (!health) return ok();
      return store::set_webhook_health(*connection, webhook_id_, *health);
    });
    if (written) {
      for (const store::DeliveryOutcome& each : outcomes) lanes_.forget(each.delivery_id);
      continue;
    }
    outcomes_.insert(outcomes_.begin(), outcomes.begin(), outcomes.end());
    health_changed_ = health_changed_ || health.has_value();
    if (!co_await host::sleep_for(database_pause)) break;
    if (ended_) break;
  }
  writing_ = false;
  co_return ok();
}

TimePoint Destination::next_time(TimePoint now) const {
  TimePoint next = now + idle_pause;
  const auto consider = [&](TimePoint at) {
    if (at > now) next = std::min(next, at);
  };
  consider(load_at_);
  if (!pace_) return next;
  if (pace_->down()) {
    consider(pace_->probe_at(Pace::Candidate::failed_before));
    consider(pace_->probe_at(Pace::Candidate::newcomer));
  } else if (const auto retry = lanes_.next_retry(now)) {
    consider(*retry);
  }
  return next;
}

}  // namespace hermod::server
