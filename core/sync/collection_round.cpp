// One round of one collection:
//
//   fetch_pages ──► channel(pages_ahead_max) ──► prepare (pool, in parts) ──► commit (pool, in order)
//                                                 └► bodies that the page lacks, one by one
//
// The next page is fetched and prepared while one is committed, as far as the provider allows (NextUse). An invalid
// cursor begins a snapshot, once a round.
#include <algorithm>

#include "core/blob/streamed_blob.hpp"
#include "core/host/on_pool.hpp"
#include "core/store/page_write.hpp"
#include "core/sync/account_sync.hpp"
#include "core/sync/page_ingest.hpp"
#include "core/sync/stage_timer.hpp"

namespace hermod::sync {

namespace {

constexpr int snapshots_max = 2;        // begun in one round: a provider that refuses its own cursors is not followed
constexpr std::size_t pages_max = 1u << 20;
constexpr std::size_t part_items = 64;  // of a page, prepared by one pool thread
constexpr std::size_t chunk_bytes = 1u << 20;

// Its bytes come by fetch_body: a large one, or one of a provider that lists without content.
bool is_apart(const Item& item) { return item.payload == PayloadKind::on_demand || item.payload == PayloadKind::metadata; }

// Collects a body up to a maximum.
class BodyCollector final : public BodySink {
 public:
  BodyCollector(std::uint64_t expected, std::size_t bytes_max) : bytes_max_(bytes_max) {
    bytes_.reserve(std::min<std::uint64_t>(expected, bytes_max));  // growing would hold it twice for a moment
  }
  Task<Status> write(std::string chunk) override {
    if (bytes_.size() + chunk.size() > bytes_max_) {
      co_return Error{ErrorKind::limit, ErrorScope::item, Retry::never(), "the message is too large", {}, {}, {}};
    }
    bytes_ += chunk;
    co_return ok();
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::size_t bytes_max_;
  std::string bytes_;
};

Task<Status> prepare_part(const SyncServices* services, std::vector<Item>* items, std::size_t begin, std::size_t end,
                          RawStability stability, std::vector<PreparedItem>* into) {
  co_return co_await host::on_pool(services->runtime, [=]() -> Status {
    const StageTimer timer(services->metrics, "prepare");
    for (std::size_t i = begin; i < end; ++i) {
      if (!is_apart((*items)[i])) (*into)[i] = prepare_item(std::move((*items)[i]), stability);
    }
    return ok();
  });
}

}  // namespace

struct AccountSync::Round {
  Round(Tracked& t, PageBudget& budget) : tracked(t), share(budget), pages(pages_ahead_max) {}
  Tracked& tracked;
  PageBudget::Round share;
  struct Fetched {
    ChangePage page;
    std::uint64_t confirmations;  // of actions, when its fetch began
  };
  Channel<Fetched> pages;
  SyncCursor cursor;               // of the next fetch
  std::string token;               // of the listing before the round: what it covers once it is complete
  std::size_t fetched = 0, committed = 0;
  WaitQueue page_committed;
  std::optional<Error> refused;    // a body of the page that is prepared, for now
  std::optional<Error> failure;
};

Task<Status> AccountSync::round(Tracked& tracked) {
  for (int snapshots = 0;; ++snapshots) {
    const std::int64_t number = ++round_number_;
    Round round(tracked, services_.memory->pages);
    round.cursor = tracked.state.cursor;
    round.token = tracked.listed_token;
    TaskGroup group(co_await current_context());
    (void)group.spawn(fetch_pages(&round));
    // Commits keep their order: one at a time, while the page after it is prepared.
    TaskGroup commits(co_await current_context());
    for (;;) {
      auto page = co_await round.pages.pop();
      if (!page || !*page) break;
      const std::uint64_t confirmations = (*page)->confirmations;
      auto prepared = co_await prepare(&round, std::move((*page)->page));
      (void)co_await commits.join();
      if (!prepared && !round.failure) round.failure = std::move(prepared).error();
      if (round.failure) break;
      (void)commits.spawn(commit(&round, std::move(*prepared), confirmations));
    }
    (void)co_await commits.join();
    round.pages.close();
    group.cancel();
    (void)co_await group.join();
    Context& context = co_await current_context();
    if (context.cancelled()) co_return context.cancel_error();
    if (!round.failure) {
      tracked.round_completed = number;
      services_.log.write(LogLevel::debug, "collection.synced", {{"account", account_label_}, {"collection", ids::to_public(tracked.state.collection_id)}, {"pages", std::to_string(round.committed)}});
      co_return ok();
    }
    if (round.failure->kind != ErrorKind::cursor_invalid || snapshots + 1 >= snapshots_max) co_return std::move(*round.failure);
    services_.log.write(LogLevel::info, "collection.snapshot", {{"account", account_label_}, {"collection", ids::to_public(tracked.state.collection_id)}});
    auto lock = co_await commit_mutex_.lock();
    if (!lock) co_return std::move(lock).error();
    Status begun = co_await host::on_pool(services_.runtime, [&]() -> Status {
      auto connection = services_.database.connect();
      if (!connection) return std::move(connection).error();
      return store::begin_snapshot(*connection, account_, tracked.state);
    });
    if (!begun) co_return begun;
  }
}

// Until a page is complete. The round's failure is the first error of any stage.
Task<Status> AccountSync::fetch_pages(Round* round) {
  const CollectionRemoteId collection = round->tracked.state.listed.remote_id;
  FetchLimits limits;
  for (; round->fetched < pages_max; ++round->fetched) {
    const bool newest = round->cursor.empty() && !round->tracked.state.live;
    limits.page_bytes_max = services_.memory->pages.page_bytes(services_.options.page_bytes);
    limits.items_max = newest ? services_.options.first_page_items : services_.options.page_items;
    auto permit = co_await session_call();
    if (!permit) co_return std::move(permit).error();
    const std::uint64_t confirmations = confirmations_;
    std::optional<StageTimer> timer(std::in_place, services_.metrics, "fetch");
    auto page = co_await opened_->session->fetch_changes(collection, round->cursor, limits);
    timer.reset();
    permit->release();
    if (!page) {
      if (!round->failure) round->failure = page.error();
      round->pages.close();
      co_return ok();
    }
    round->cursor = page->next;
    const bool complete = page->complete;
    const bool wait = page->next_use == NextUse::after_commit;
    if (Status pushed = co_await round->pages.push({std::move(*page), confirmations}); !pushed) co_return pushed;
    if (complete) break;
    while (wait && round->committed <= round->fetched) {
      if (Status woken = co_await round->page_committed.wait(); !woken) co_return woken;
    }
  }
  round->pages.close();
  co_return ok();
}

// `held_bytes` is what the page's bodies that came apart hold in memory: the others are in the blob store already, so
// that a page of large messages is never in memory as a whole.
Task<Result<PreparedItem>> AccountSync::prepare_apart(Round* round, Item item, std::size_t* held_bytes) {
  auto memory = co_await services_.memory->large_bodies.acquire(item.size);
  if (!memory) co_return std::move(memory).error();
  auto raw = co_await fetch_raw(round->tracked.state.listed.remote_id, item);
  if (!raw) co_return without_body(round, std::move(item), std::move(raw).error());
  round->tracked.refused_bodies.erase(item.remote_id.bytes);
  item.payload = PayloadKind::message;
  item.raw = std::move(*raw);
  const bool held = item.raw.size() <= FetchLimits{}.inline_bytes && *held_bytes + item.raw.size() <= services_.options.page_bytes;
  if (held) *held_bytes += item.raw.size();
  co_return co_await prepare_raw(std::move(item), held);
}

Task<Result<std::string>> AccountSync::fetch_raw(const CollectionRemoteId& collection, const Item& item) {
  BodyCollector body(item.size, services_.options.message_bytes_max);
  auto permit = co_await session_call();
  if (!permit) co_return std::move(permit).error();
  const Strand& strand = (co_await current_context()).strand();
  const std::uint64_t bytes = std::min<std::uint64_t>(item.size, services_.options.message_bytes_max);
  const Duration limit = services_.options.body_time_min + std::chrono::seconds(bytes / services_.options.body_bytes_per_second);
  const TimePoint begun = strand.now();
  Status fetched = co_await with_deadline(opened_->session->fetch_body(collection, item.remote_id, body), limit);
  permit->release();
  if (fetched) co_return body.take();
  if (fetched.error().kind == ErrorKind::timeout && strand.now() >= begun + limit) {
    co_return Error{ErrorKind::timeout, ErrorScope::item, Retry::after(), "the server gives the message out too slowly", {}, {}, {}};
  }
  co_return std::move(fetched).error();
}

// A message that is gone meanwhile is left out. One that is refused for now lets its round fail, so that it is asked for
// again, but not for ever: the folder goes on with a stand-in, which is revisited (account_revisits.cpp).
Result<PreparedItem> AccountSync::without_body(Round* round, Item item, Error error) {
  if (error.scope != ErrorScope::item && error.kind != ErrorKind::not_found) return error;
  const RawStability stability = opened_->traits.raw;
  const std::string remote_id = item.remote_id.bytes;
  log_error("item.body_failed", error);
  item.payload = PayloadKind::none;
  if (error.kind == ErrorKind::not_found) {
    round->tracked.refused_bodies.erase(remote_id);
    item.summary.reset();
    return prepare_item(std::move(item), stability);
  }
  const bool is_transient = error.retry.when == Retry::When::now || error.retry.when == Retry::When::after;
  int& rounds = round->tracked.refused_bodies[remote_id];
  if (is_transient && ++rounds < services_.options.body_rounds_max) {
    error.scope = ErrorScope::collection;
    if (!round->refused) round->refused = std::move(error);
    return PreparedItem{};  // its page is not taken
  }
  round->tracked.refused_bodies.erase(remote_id);
  if (!item.summary) {
    item.summary.emplace();
    item.summary->subject = "(this message could not be downloaded)";
  }
  const auto hope = error.retry.when == Retry::When::never ? store::StandInHope::none : store::StandInHope::revisited;
  std::string identity = store::stand_in_identity(round->tracked.state.collection_id, item, hope);
  PreparedItem prepared = prepare_item(std::move(item), stability);
  prepared.content->identity = std::move(identity);
  return prepared;
}

// `held`: compressed, in memory; else durable already.
Task<Result<PreparedItem>> AccountSync::prepare_raw(Item item, bool held) {
  const RawStability stability = opened_->traits.raw;
  auto prepared = co_await host::on_pool(services_.runtime, [&]() -> Result<PreparedItem> {
    const StageTimer timer(services_.metrics, "prepare");
    return held ? prepare_item(std::move(item), stability) : read_item(item, stability);
  });
  if (!prepared || held) co_return std::move(prepared);
  if (Status stored = co_await store_apart(std::move(item.raw), &*prepared); !stored) co_return std::move(stored).error();
  co_return std::move(prepared);
}

// Durable at once. Should its page never commit, the bytes are garbage in the pack.
Task<Status> AccountSync::store_apart(std::string raw, PreparedItem* item) {
  auto lock = co_await commit_mutex_.lock();
  if (!lock) co_return std::move(lock).error();
  co_return co_await host::on_pool(services_.runtime, [&]() -> Status {
    const StageTimer timer(services_.metrics, "blobs");
    auto writer = packs();
    if (!writer) return std::move(writer).error();
    auto stream = (*writer)->begin(raw.size());
    if (!stream) return std::move(stream).error();
    for (std::size_t at = 0; at < raw.size(); at += chunk_bytes) {
      if (Status written = stream->write(std::string_view(raw).substr(at, chunk_bytes)); !written) return written;
    }
    auto finished = stream->finish();
    if (!finished) return std::move(finished).error();
    item->stored = store::StoredBlob{finished->location, finished->sha256};
    return (*writer)->flush();
  });
}

Task<Result<PreparedPage>> AccountSync::prepare(Round* round, ChangePage page) {
  PreparedPage prepared;
  prepared.kind = page.kind;
  prepared.scope = page.scope;
  prepared.window_start = page.window_start;
  prepared.removals = std::move(page.removals);
  prepared.next = std::move(page.next);
  prepared.complete = page.complete;
  prepared.total = page.total;
  prepared.items.resize(page.items.size());
  std::vector<Task<Status>> parts;
  for (std::size_t begin = 0; begin < page.items.size(); begin += part_items) {
    parts.push_back(prepare_part(&services_, &page.items, begin, std::min(begin + part_items, page.items.size()),
                                 opened_->traits.raw, &prepared.items));
  }
  auto done = co_await when_all(std::move(parts));
  if (!done) co_return std::move(done).error();
  for (Status& part : *done) {
    if (!part) co_return std::move(part).error();
  }
  std::size_t held_bytes = 0;
  for (std::size_t i = 0; i < page.items.size(); ++i) {
    if (!is_apart(page.items[i])) continue;
    auto item = co_await prepare_apart(round, std::move(page.items[i]), &held_bytes);
    if (!item) co_return std::move(item).error();
    prepared.items[i] = std::move(*item);
  }
  if (round->refused) co_return std::move(*round->refused);
  co_return std::move(prepared);
}

// An action may have confirmed what a page whose fetch began before tells otherwise. The page may also have what another
// client changed since, so nothing of it is passed over: it is asked for again.
bool AccountSync::is_overtaken(const Round& round, const PreparedPage& page, std::uint64_t confirmations) const {
  if (confirmed_.empty()) return false;
  const std::string& collection = round.tracked.state.listed.remote_id.bytes;
  return std::any_of(page.items.begin(), page.items.end(), [&](const PreparedItem& item) {
    const auto confirmed = confirmed_.find({collection, item.remote_id.bytes});
    return confirmed != confirmed_.end() && confirmed->second > confirmations;
  });
}

Task<Status> AccountSync::commit(Round* round, PreparedPage page, std::uint64_t confirmations) {
  auto lock = co_await commit_mutex_.lock();
  if (!lock) co_return std::move(lock).error();
  if (is_overtaken(*round, page, confirmations)) {
    Error overtaken{ErrorKind::conflict, ErrorScope::collection, Retry::now(), "a write came before the page", {}, {}, overtaken_code};
    if (!round->failure) round->failure = overtaken;
    round->pages.close();
    co_return overtaken;
  }
  IngestTarget target{services_.database, services_.metrics, account_, history_before_, ++round_number_};
  store::CollectionState& state = round->tracked.state;
  const std::string token = page.complete ? round->token : state.synced_token;
  auto outcome = co_await host::on_pool(services_.runtime, [&]() -> Result<store::PageOutcome> {
    auto writer = packs();
    if (!writer) return std::move(writer).error();
    return ingest_page(target, **writer, state, page, token);
  });
  lock->release();
  if (!outcome) {
    if (!round->failure) round->failure = outcome.error();
    round->pages.close();
    co_return std::move(outcome).error();
  }
  ++round->committed;
  round->tracked.backoff.reset();  // it goes on
  served_ = true;
  round->page_committed.wake_all();
  if (outcome->orphaned > 0) {
    orphans_ = true;
    want_listing();  // where a moved message went shows in the other collections
  }
  co_return ok();
}

Result<blob::PackWriter*> AccountSync::packs() {
  if (!packs_) {
    auto writer = services_.blobs.writer(account_.account_id, packs_end_);
    if (!writer) return std::move(writer).error();
    packs_ = std::move(*writer);
  }
  return packs_.get();
}

// They hold descriptors, which accounts at rest do without.
void AccountSync::put_away_packs() {
  if (packs_) packs_end_ = packs_->place();
  packs_.reset();
}

}  // namespace hermod::sync
