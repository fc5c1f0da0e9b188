#include "core/feed/sequencer.hpp"

#include "core/durability/durable_step.hpp"

namespace hermod::feed {

namespace {

constexpr auto sweep_interval = std::chrono::seconds(1);
constexpr int rows_at_once = 5'000;
constexpr auto late = std::chrono::seconds(2);  // from then on it is told, once in
constexpr auto tell_interval = std::chrono::minutes(1);

// By account and then by seq, so that a batch that is cut holds the beginning of each account's rows. Of an account
// whose grant is gone nobody may read.
constexpr const char* place_statement =
    "WITH fresh AS (SELECT account_id, seq, at, sum(cardinality(objects)) OVER (ORDER BY account_id, seq)::bigint AS"
    " entries FROM (SELECT account_id, seq, at, objects FROM change_log WHERE position IS NULL ORDER BY account_id, seq"
    " LIMIT $1) f), clock AS (UPDATE feed_clock SET position = position + coalesce((SELECT max(entries) FROM fresh), 0)"
    " RETURNING position - coalesce((SELECT max(entries) FROM fresh), 0) AS base)"
    " UPDATE change_log l SET position = clock.base + f.entries, application_id = coalesce((SELECT g.application_id FROM"
    " grants g WHERE g.account_id = f.account_id), '00000000-0000-0000-0000-000000000000') FROM fresh f, clock"
    " WHERE l.account_id = f.account_id AND l.seq = f.seq AND l.at = f.at";

}  // namespace

Result<bool> place_changes(store::Connection& connection) {
  auto fresh = connection.query("SELECT EXISTS (SELECT FROM change_log WHERE position IS NULL)");
  if (!fresh) return std::move(fresh).error();
  if (!fresh->boolean(0, 0)) return false;
  // A process that stands still with the lock is thrown out by the server; whoever else holds it is told of. Notifying in
  // this transaction costs nobody: notifying commits wait for each other, and so do these for the clock.
  auto transaction = store::Transaction::begin(
      connection, std::string("SET LOCAL idle_in_transaction_session_timeout = '5s'; SET LOCAL lock_timeout = '2s';"
                              " SELECT FROM feed_clock FOR UPDATE; NOTIFY ") + feed_channel);
  if (!transaction) return std::move(transaction).error();
  auto placed = connection.query(place_statement, rows_at_once);
  if (!placed) return std::move(placed).error();
  if (Status committed = transaction->commit(); !committed) return std::move(committed).error();
  durability::passed(durability::DurableStep::changes_placed);
  return placed->affected() == rows_at_once;
}

Sequencer::Sequencer(store::Database& database, Log& log)
    : database_(database), log_(log), thread_([this] { run(); }) {}

Sequencer::~Sequencer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Sequencer::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    if (!waiting_since_) waiting_since_ = Clock::now();
  }
  changed_.notify_one();
}

std::chrono::duration<double> Sequencer::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_since_ ? Clock::now() - *waiting_since_ : Clock::duration::zero();
}

void Sequencer::tell(const Error& error, Clock::time_point since) {
  const auto now = Clock::now();
  const bool due = now - since >= late && (!told_at_ || now - *told_at_ >= tell_interval);
  if (due) told_at_ = now;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - since).count();
  log_.write(due ? LogLevel::warn : LogLevel::debug, "feed.not_placed",
             {{"kind", std::string(to_string(error.kind))}, {"detail", error.detail}, {"seconds", std::to_string(seconds)}});
}

void Sequencer::run() {
  std::optional<store::Connection> connection;
  for (std::unique_lock lock(mutex_);;) {
    changed_.wait_for(lock, sweep_interval, [this] { return woken_ || stopping_; });
    if (stopping_) return;
    woken_ = false;
    const auto began = Clock::now();
    if (!waiting_since_) waiting_since_ = began;
    const auto since = *waiting_since_;
    lock.unlock();
    Result<bool> more = true;
    if (!connection) {
      if (auto opened = database_.connect_alone()) {
        connection.emplace(std::move(*opened));
      } else {
        more = std::move(opened).error();
      }
    }
    while (more && *more) more = place_changes(*connection);
    if (!more) {
      tell(more.error(), since);
      connection.reset();
    }
    lock.lock();
    if (!more) continue;
    told_at_.reset();
    waiting_since_ = woken_ ? std::optional(began) : std::nullopt;
  }
}

}  // namespace hermod::feed
