#include "core/sync/background_work.hpp"

#include "core/durability/durable_step.hpp"
#include "core/store/change_log.hpp"
#include "core/store/erase.hpp"
#include "core/store/request_store.hpp"
#include "core/store/search_fill.hpp"
#include "core/store/search_store.hpp"
#include "core/store/upload_store.hpp"

namespace hermod::sync {

namespace {

constexpr auto idle_pause = std::chrono::seconds(1);
constexpr auto log_interval = std::chrono::minutes(1);
constexpr int accounts_at_once = 20;
constexpr auto time_aside = std::chrono::minutes(1);

}  // namespace

BackgroundWork::BackgroundWork(store::Database& database, blob::BlobStore& blobs, Log& log,
                               std::chrono::seconds retention)
    : database_(database), blobs_(blobs), log_(log), retention_(retention), thread_([this] { run(); }) {}

BackgroundWork::~BackgroundWork() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void BackgroundWork::run() {
  for (;;) {
    auto more = step();
    if (!more) log_.write(LogLevel::warn, "background.failed", {{"kind", std::string(to_string(more.error().kind))}, {"message", more.error().message}, {"detail", more.error().detail}});
    std::unique_lock lock(mutex_);
    if (more && *more) {
      if (stopping_) return;
      continue;
    }
    if (wake_.wait_for(lock, idle_pause, [this] { return stopping_; })) return;
  }
}

Result<bool> BackgroundWork::step() {
  auto connection = database_.connect();
  if (!connection) return std::move(connection).error();
  if (Status tended = tend_log(*connection); !tended) return std::move(tended).error();
  if (Status expired = store::expire_requests(*connection); !expired) return std::move(expired).error();
  if (Status expired = store::expire_search_results(*connection); !expired) return std::move(expired).error();
  if (Status expired = store::expire_uploads(*connection); !expired) return std::move(expired).error();
  auto filled = fill_searches(*connection);
  if (!filled) return filled;
  auto erased = erase_grants(*connection);
  if (!erased) return erased;
  return *filled || *erased;
}

Status BackgroundWork::tend_log(store::Connection& connection) {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_look_at_log_) return ok();
  next_look_at_log_ = now + log_interval;
  // A table in use is tried again.
  const auto in_use = [](const auto& outcome) { return outcome.error().kind == ErrorKind::conflict; };
  if (Status prepared = store::prepare_change_log(connection); !prepared && !in_use(prepared)) return prepared;
  auto dropped = store::trim_change_log(connection, retention_);
  if (!dropped && !in_use(dropped)) return std::move(dropped).error();
  if (dropped && *dropped > 0) log_.write(LogLevel::info, "change_log.trimmed", {{"weeks", std::to_string(*dropped)}});
  return ok();
}

Result<bool> BackgroundWork::fill_searches(store::Connection& connection) {
  auto accounts = store::accounts_to_fill(connection, accounts_at_once, set_aside());
  if (!accounts) return std::move(accounts).error();
  bool more = false;
  for (const ids::ObjectId& account_id : *accounts) {
    auto step = store::fill_search(connection, account_id);
    if (!step) {
      set_aside(account_id, step.error());
      continue;
    }
    log_.write(LogLevel::debug, "search.filled", {{"account", ids::to_public(account_id)}, {"messages", std::to_string(step->messages)}});
    more = more || !step->caught_up;
  }
  return more;
}

Result<bool> BackgroundWork::erase_grants(store::Connection& connection) {
  auto accounts = store::deleted_grants(connection, accounts_at_once, set_aside());
  if (!accounts) return std::move(accounts).error();
  for (const ids::ObjectId& account_id : *accounts) {
    auto erased = erase(connection, account_id);
    if (!erased) {
      set_aside(account_id, erased.error());
    } else if (*erased) {
      log_.write(LogLevel::info, "grant.erased", {{"account", ids::to_public(account_id)}});
    }
  }
  return !accounts->empty();
}

// True when nothing of it is left.
Result<bool> BackgroundWork::erase(store::Connection& connection, const ids::ObjectId& account_id) {
  auto done = store::erase_batch(connection, account_id);
  if (!done || !*done) return done;
  // The row goes last, so that a crash in between erases the rest next time.
  if (Status blobs = blobs_.erase_account(account_id); !blobs) return std::move(blobs).error();
  durability::passed(durability::DurableStep::blobs_erased);
  if (Status forgotten = store::forget_grant(connection, account_id); !forgotten) return std::move(forgotten).error();
  return true;
}

void BackgroundWork::set_aside(const ids::ObjectId& account_id, const Error& error) {
  set_aside_[account_id] = std::chrono::steady_clock::now() + time_aside;
  log_.write(LogLevel::warn, "background.account_failed",
             {{"account", ids::to_public(account_id)}, {"kind", std::string(to_string(error.kind))},
              {"message", error.message}, {"code", error.provider_code}});
}

std::vector<ids::ObjectId> BackgroundWork::set_aside() {
  std::erase_if(set_aside_, [now = std::chrono::steady_clock::now()](const auto& one) { return one.second <= now; });
  std::vector<ids::ObjectId> accounts;
  for (const auto& [account_id, until] : set_aside_) accounts.push_back(account_id);
  return accounts;
}

}  // namespace hermod::sync
