#include "core/sync/account_sync.hpp"

#include "core/json/error_json.hpp"

#include <algorithm>
#include <set>

#include "core/host/on_pool.hpp"
#include "core/store/page_write.hpp"

namespace hermod::sync {

namespace {

constexpr std::size_t listing_pages_max = 1000;
constexpr Duration close_limit = std::chrono::seconds(2);

// Inbox first, then sent, drafts and the rest; spam and trash last.
int priority_of(Role role) {
  switch (role) {
    case Role::inbox: return 0;
    case Role::sent: return 1;
    case Role::drafts: return 2;
    case Role::spam: return 8;
    case Role::trash: return 9;
    default: return 5;
  }
}

bool needs_user(const Error& error) {
  return error.kind == ErrorKind::auth || error.retry.when == Retry::When::after_user_action ||
         (error.kind == ErrorKind::invalid_argument && error.scope == ErrorScope::account);
}

bool is_lease_lost(const Error& error) {
  return error.provider_code == store::lease_lost_code;
}

Error no_plugin(const std::string& provider) {
  return {ErrorKind::unsupported, ErrorScope::provider, Retry::after(), "no plugin for this provider is loaded: " + provider,
          {}, "see `hermod plugin list`", {}};
}

Task<Status> wait_in(WaitQueue* queue) { co_return co_await queue->wait(); }

// Until woken or that time; Error only when the caller is cancelled.
Task<Status> wait_until(WaitQueue* queue, TimePoint time) {
  Context& context = co_await current_context();
  Context limited(context);
  limited.set_deadline(time);
  (void)co_await wait_in(queue).in(limited);
  if (context.cancelled()) co_return context.cancel_error();
  co_return ok();
}

}  // namespace

AccountSync::AccountSync(const SyncServices& services, const store::AccountEpoch& account)
    : services_(services),
      account_(account),
      account_label_(ids::to_public(account.account_id)),
      known_(services.runtime, services.database, account.account_id),
      state_(services.runtime, services.database, services.keys, account),
      round_number_(account.epoch << 32),
      backoff_(services.options.first_retry) {}

AccountSync::~AccountSync() = default;

Task<Status> AccountSync::run() {
  for (;;) {
    listed_at_.reset();
    Status ended = co_await run_session();
    if (ended) continue;
    const Error& error = ended.error();
    Context& context = co_await current_context();
    // A login and a listing that pass say little: what was refused after them may be refused for long. A connection that
    // was lost after it had served us was no refusal.
    const bool lasted = listed_at_ && context.strand().now() - *listed_at_ >= services_.options.settled_after;
    const bool lost = error.kind == ErrorKind::unavailable && error.retry.delay.count() == 0;
    if (lasted || (lost && served_)) backoff_.reset();
    if (context.cancelled()) co_return context.cancel_error();
    log_error("account.failed", error);
    if (is_lease_lost(error)) co_return ended;
    if (needs_user(error)) {
      Status told = co_await report("invalid", "stopped", error);
      if (!told) log_error("account.report_failed", told.error());
      (void)co_await refuse_waiting_requests(error);
      co_return ended;
    }
    Status told = co_await report("valid", "paused", error);
    if (!told && is_lease_lost(told.error())) co_return told;
    const Backoff::milliseconds delay = backoff_.next(error);
    services_.log.write(LogLevel::debug, "account.waits", {{"account", account_label_}, {"milliseconds", std::to_string(delay.count())}});
    if (Status paused = co_await refuse_requests_for(delay, error); !paused) co_return paused;
  }
}

Task<Status> AccountSync::run_session() {
  auto opened = co_await open();
  if (!opened) co_return std::move(opened).error();
  opened_ = std::move(*opened);
  const SessionTraits traits = opened_->traits;
  const std::uint32_t calls = traits.overlap == Overlap::any ? std::clamp(traits.calls_max, 1u, workers_max) : 1;
  calls_ = std::make_unique<Semaphore>(calls);
  failure_.reset();
  listed_once_ = served_ = false;
  for (auto& [remote_id, tracked] : collections_) tracked.running = false;
  confirmed_.clear();

  Context& context = co_await current_context();
  TaskGroup group(context);
  Status listed = co_await list();
  if (listed) {
    listed_at_ = context.strand().now();
    if (traits.overlap != Overlap::none) push_ = static_cast<PushFacet*>(opened_->session->facet(PushFacet::id));
    (void)group.spawn(stop_on_failure(list_repeatedly(), &group));
    for (std::uint32_t i = 0; i < calls; ++i) (void)group.spawn(stop_on_failure(work(), &group));
    if (push_ != nullptr) (void)group.spawn(stop_on_failure(push_repeatedly(), &group));
    (void)group.spawn(stop_on_failure(serve_requests(), &group));
    (void)group.spawn(stop_on_failure(push_actions(), &group));
    (void)group.spawn(stop_on_failure(revisit_repeatedly(), &group));
    (void)co_await group.join();
  } else {
    failure_ = std::move(listed).error();
  }
  push_ = nullptr;
  (void)co_await with_deadline(opened_->session->close(), close_limit);
  opened_.reset();
  put_away_packs();
  if (failure_) co_return std::move(*failure_);
  co_return ok();
}

// The first task that fails ends the session for all.
Task<Status> AccountSync::stop_on_failure(Task<Status> task, TaskGroup* group) {
  Status status = co_await std::move(task);
  if (!status && !failure_) {
    failure_ = status.error();
    group->cancel();
  }
  co_return status;
}

Task<Result<AccountSync::Login>> AccountSync::load_login() {
  co_return co_await host::on_pool(services_.runtime, [&]() -> Result<Login> {
    auto connection = services_.database.connect();
    if (!connection) return std::move(connection).error();
    auto grant = store::load_grant(*connection, account_.account_id);
    if (!grant) return std::move(grant).error();
    auto settings = store::load_settings(*connection, account_.account_id);
    if (!settings) return std::move(settings).error();
    auto secrets = store::load_secrets(*connection, services_.keys, account_.account_id);
    if (!secrets) return std::move(secrets).error();
    Login login{std::move(*grant), std::move(*settings), {}};
    for (const auto& [name, value] : *secrets) login.credentials.secrets.set(name, std::string(value.reveal()));
    return login;
  });
}

Task<Result<std::unique_ptr<AccountSync::Opened>>> AccountSync::open_session(Login login) {
  const host::LoadedPlugin* plugin = services_.plugins.find_provider(login.grant.provider);
  if (plugin == nullptr) co_return no_plugin(login.grant.provider);
  auto opened = std::make_unique<Opened>();
  opened->host = std::make_unique<host::AccountHost>(host::AccountHostOptions{
      .egress = services_.egress, .log = services_.log, .metrics = services_.metrics, .plugin = plugin->name,
      .account = account_label_, .operator_settings = plugin->settings, .public_url = services_.options.public_url,
      .known = &known_, .state = &state_});
  auto session = co_await plugin->provider->open(std::move(login.settings), std::move(login.credentials), *opened->host);
  if (!session) co_return std::move(session).error();
  opened->session = std::move(*session);
  opened->traits = opened->session->traits();
  co_return std::move(opened);
}

Task<Result<std::unique_ptr<AccountSync::Opened>>> AccountSync::open() {
  auto login = co_await load_login();
  if (!login) co_return std::move(login).error();
  auto collections = co_await host::on_pool(services_.runtime, [&]() -> Result<std::vector<store::CollectionState>> {
    auto connection = services_.database.connect();
    if (!connection) return std::move(connection).error();
    return store::load_collections(*connection, account_.account_id);
  });
  if (!collections) co_return std::move(collections).error();
  history_before_ = login->grant.sync_started_at;
  reported_phase_ = login->grant.sync_reason ? "" : login->grant.sync_phase;
  for (store::CollectionState& state : *collections) {
    collections_[state.listed.remote_id.bytes].state = std::move(state);
  }
  co_return co_await open_session(std::move(*login));
}

// --- listing ---------------------------------------------------------------------------------------------------

Task<Status> AccountSync::list() {
  const std::int64_t number = ++round_number_;
  std::vector<Collection> listing;
  SyncCursor cursor;
  for (std::size_t pages = 0; pages < listing_pages_max; ++pages) {
    auto permit = co_await session_call();
    if (!permit) co_return std::move(permit).error();
    auto page = co_await opened_->session->fetch_collections(cursor);
    if (!page) co_return std::move(page).error();
    std::move(page->collections.begin(), page->collections.end(), std::back_inserter(listing));
    if (page->complete) break;
    cursor = std::move(page->next);
  }
  auto lock = co_await commit_mutex_.lock();
  if (!lock) co_return std::move(lock).error();
  if (folders_confirmed_ > number) {  // it may tell of what was before an action
    want_listing();
    co_return ok();
  }
  auto change = co_await host::on_pool(services_.runtime, [&]() -> Result<store::ListingChange> {
    auto connection = services_.database.connect();
    if (!connection) return std::move(connection).error();
    return store::apply_listing(*connection, account_, listing, number);
  });
  if (!change) co_return std::move(change).error();
  if (change->orphaned > 0) orphans_ = true;
  listing_settled_ = change->collections.size() <= listing.size();
  take_listing(std::move(change->collections));
  listing_completed_ = number;
  lock->release();
  listed_.wake_all();
  services_.log.write(LogLevel::debug, "account.listed", {{"account", account_label_}, {"collections", std::to_string(collections_.size())}});

  for (auto& [remote_id, tracked] : collections_) {
    if (!is_fetched(tracked.state.listed)) continue;
    const bool current_token = !tracked.listed_token.empty() && tracked.listed_token == tracked.state.synced_token;
    if (current_token && tracked.state.live && !tracked.state.in_snapshot && !tracked.dirty && !tracked.running) {
      tracked.round_completed = number;
    } else {
      mark_dirty(tracked);
    }
  }
  listed_once_ = true;
  co_return co_await after_round();
}

// While no page is being committed. A collection that is being walked keeps the state that its round has, and stays
// until the round has noticed that it is gone.
void AccountSync::take_listing(std::vector<store::CollectionState> listed) {
  std::set<std::string> present;
  for (store::CollectionState& state : listed) {
    present.insert(state.listed.remote_id.bytes);
    Tracked& tracked = collections_[state.listed.remote_id.bytes];
    tracked.listed_token = state.listed.change_token;
    if (tracked.running) {
      tracked.state.listed = std::move(state.listed);
    } else {
      tracked.state = std::move(state);
    }
  }
  std::erase_if(collections_, [&](const auto& entry) { return !entry.second.running && !present.contains(entry.first); });
}

Task<Status> AccountSync::list_repeatedly() {
  for (;;) {
    if (Status waited = co_await wait_for_listing(); !waited) co_return waited;
    if (Status listed = co_await list(); !listed) co_return listed;
  }
}

// Until it is time to poll or somebody wants a listing. A server that watches every folder is seldom polled, in case
// it keeps something to itself; one that watches a single one may not tell of new ones. A folder that is missing is
// looked for again soon.
Task<Status> AccountSync::wait_for_listing() {
  if (!listing_wanted_) {
    const std::size_t folders = by_priority().size();
    const bool all_watched = push_ != nullptr && folders > 1 && push_->watchable(folders) == folders;
    const int polls = all_watched && listing_settled_ ? watched_poll_every : 1;
    const TimePoint next = std::chrono::steady_clock::now() + services_.options.poll_interval * polls;
    if (Status waited = co_await wait_until(&listing_, next); !waited) co_return waited;
  }
  listing_wanted_ = false;
  co_return ok();
}

// --- rounds ----------------------------------------------------------------------------------------------------

void AccountSync::mark_dirty(Tracked& tracked) {
  tracked.dirty = true;
  work_.wake_one();
}

void AccountSync::want_listing() {
  listing_wanted_ = true;
  listing_.wake_all();
}

AccountSync::Tracked* AccountSync::next_dirty() {
  Tracked* best = nullptr;
  const TimePoint now = std::chrono::steady_clock::now();
  for (auto& [remote_id, tracked] : collections_) {
    if (!tracked.dirty || tracked.running || tracked.retry_at > now) continue;
    const auto rank = [](const Tracked& one) {
      return std::pair(one.state.live ? 0 : 1, priority_of(one.state.listed.role));
    };
    if (best == nullptr || rank(tracked) < rank(*best)) best = &tracked;
  }
  return best;
}

TimePoint AccountSync::next_retry() const {
  TimePoint next = std::chrono::steady_clock::now() + std::chrono::hours(24);
  for (const auto& [remote_id, tracked] : collections_) {
    if (tracked.dirty && !tracked.running) next = std::min(next, tracked.retry_at);
  }
  return next;
}

std::vector<CollectionRemoteId> AccountSync::by_priority() const {
  std::vector<const Tracked*> fetched;
  for (const auto& [remote_id, tracked] : collections_) {
    if (is_fetched(tracked.state.listed)) fetched.push_back(&tracked);
  }
  std::stable_sort(fetched.begin(), fetched.end(), [](const Tracked* a, const Tracked* b) {
    return priority_of(a->state.listed.role) < priority_of(b->state.listed.role);
  });
  std::vector<CollectionRemoteId> ids;
  for (const Tracked* tracked : fetched) ids.push_back(tracked->state.listed.remote_id);
  return ids;
}

Task<Status> AccountSync::work() {
  for (;;) {
    Tracked* tracked = next_dirty();
    if (tracked == nullptr) {
      const bool idle = std::none_of(collections_.begin(), collections_.end(), [](const auto& c) { return c.second.running; });
      if (idle && !draft_is_stored_) put_away_packs();
      if (Status woken = co_await wait_until(&work_, next_retry()); !woken) co_return woken;
      continue;
    }
    tracked->dirty = false;
    tracked->running = true;
    Status result = co_await round(*tracked);
    if (Status noted = co_await note_access(*tracked, result); !noted) co_return noted;
    tracked->running = false;
    if (Status settled = co_await settle(*tracked, std::move(result)); !settled) co_return settled;
  }
}

// What a round's end means: for the collection alone, or for the session.
Task<Status> AccountSync::settle(Tracked& tracked, Status result) {
  Context& context = co_await current_context();
  if (context.cancelled()) co_return context.cancel_error();
  if (result) {
    tracked.backoff.reset();
    co_return co_await after_round();
  }
  const Error& error = result.error();
  if (error.kind == ErrorKind::not_found && error.scope != ErrorScope::account) {
    want_listing();  // it was deleted or renamed
    co_return ok();
  }
  if (error.scope == ErrorScope::account || error.scope == ErrorScope::provider) co_return result;
  if (error.provider_code == overtaken_code) {
    services_.log.write(LogLevel::debug, "collection.overtaken", {{"account", account_label_}, {"collection", ids::to_public(tracked.state.collection_id)}});
    tracked.dirty = true;
    co_return ok();
  }
  log_error("collection.failed", error);
  tracked.retry_at = context.strand().now() + tracked.backoff.next(error);
  tracked.dirty = true;
  if (tracked.denied) co_return co_await after_round();  // which may have waited for this one
  co_return ok();
}

// Whether the server lets us in, as a round's end tells. The folder's row says why it does not.
Task<Status> AccountSync::note_access(Tracked& tracked, const Status& result) {
  const bool denied = !result && result.error().kind == ErrorKind::denied && result.error().scope == ErrorScope::collection;
  if (!result && !denied) co_return ok();
  tracked.denied = denied;
  const std::string reason = denied ? error_json(result.error()) : std::string();
  if (reason == tracked.state.reason) co_return ok();
  auto lock = co_await commit_mutex_.lock();
  if (!lock) co_return std::move(lock).error();
  co_return co_await host::on_pool(services_.runtime, [&]() -> Status {
    auto connection = services_.database.connect();
    if (!connection) return std::move(connection).error();
    return store::set_reason(*connection, account_, tracked.state, reason);
  });
}

// The round since which every collection was walked, or proved current by a listing; of those that let us in.
std::int64_t AccountSync::rounds_completed() const {
  std::int64_t completed = INT64_MAX;
  for (const auto& [remote_id, tracked] : collections_) {
    if (is_fetched(tracked.state.listed) && !tracked.denied) completed = std::min(completed, tracked.round_completed);
  }
  return completed;
}

// After a round or a listing: deletes what is orphaned for good, and tells when all is live.
Task<Status> AccountSync::after_round() {
  const std::int64_t completed = rounds_completed();
  const bool live = listed_once_ && std::all_of(collections_.begin(), collections_.end(), [](const auto& one) {
    return !is_fetched(one.second.state.listed) || one.second.denied || one.second.state.live;
  });
  if (orphans_ && completed > 0 && completed != INT64_MAX) {
    auto lock = co_await commit_mutex_.lock();
    if (!lock) co_return std::move(lock).error();
    auto deleted = co_await host::on_pool(services_.runtime, [&]() -> Result<bool> {
      auto connection = services_.database.connect();
      if (!connection) return std::move(connection).error();
      for (;;) {
        auto count = store::delete_orphans(*connection, account_, completed);
        if (!count) return std::move(count).error();
        if (*count == 0) break;
      }
      return store::has_orphans(*connection, account_.account_id);
    });
    if (!deleted) co_return std::move(deleted).error();
    orphans_ = *deleted;
    services_.log.write(LogLevel::debug, "account.orphans_settled", {{"account", account_label_}});
  }
  co_return co_await report("valid", live ? "live" : "initial", std::nullopt);
}

std::vector<CollectionRemoteId> AccountSync::to_watch() const {
  std::vector<CollectionRemoteId> folders = by_priority();
  folders.resize(std::min(folders.size(), push_->watchable(folders.size())));
  return folders;
}

Task<Status> AccountSync::other_folders_to_watch(std::vector<CollectionRemoteId> watched) {
  for (;;) {
    if (Status listed = co_await listed_.wait(); !listed) co_return listed;
    if (to_watch() != watched) co_return ok();
  }
}

Task<Status> AccountSync::push_repeatedly() {
  for (;;) {
    const std::vector<CollectionRemoteId> wanted = to_watch();
    auto raced = co_await race(push_->wait(wanted), other_folders_to_watch(wanted));
    if (!raced) co_return std::move(raced).error();
    if (raced->winner == 1) {
      if (!raced->second) co_return raced->second;
      if (!raced->first) {  // nor did it tell anything before it was cut short
        want_listing();     // what happens in between shows there
        continue;
      }
    }
    Result<PushEvent> event = std::move(raced->first);
    if (!event) {
      if (event.error().kind != ErrorKind::unsupported) co_return std::move(event).error();
      push_ = nullptr;
      co_return ok();
    }
    for (auto& [remote_id, tracked] : collections_) {
      const bool named = std::find(event->dirty.begin(), event->dirty.end(), tracked.state.listed.remote_id) != event->dirty.end();
      if (is_fetched(tracked.state.listed) && (named || event->dirty.empty())) mark_dirty(tracked);
    }
    if (event->collections_changed) {
      want_listing();
    }
  }
}

// --- what is told ----------------------------------------------------------------------------------------------

Task<Status> AccountSync::report(std::string grant_status, std::string phase, std::optional<Error> reason) {
  if (!reason && phase == reported_phase_) co_return ok();
  store::SyncState state{std::move(grant_status), phase, std::nullopt};
  if (reason) state.sync_reason = error_json(*reason);
  Status told = co_await host::on_pool(services_.runtime, [&]() -> Status {
    auto connection = services_.database.connect();
    if (!connection) return std::move(connection).error();
    return store::set_sync_state(*connection, account_, state);
  });
  if (told) reported_phase_ = reason ? "" : phase;
  services_.log.write(LogLevel::info, "account.phase", {{"account", account_label_}, {"phase", phase}});
  co_return told;
}

void AccountSync::log_error(std::string_view event, const Error& error) const {
  services_.log.write(LogLevel::warn, event,
                      {{"account", account_label_}, {"kind", std::string(to_string(error.kind))},
                       {"scope", std::string(to_string(error.scope))}, {"message", error.message},
                       {"detail", error.detail}, {"code", error.provider_code}});
}

}  // namespace hermod::sync
