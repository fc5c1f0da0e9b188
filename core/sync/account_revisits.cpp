// What the server refused to give out (core/store/stand_in.hpp) is asked for again: when a session begins, then at
// long intervals.
#include "core/host/on_pool.hpp"
#include "core/store/page_lookup.hpp"
#include "core/sync/account_sync.hpp"
#include "core/sync/page_ingest.hpp"

namespace hermod::sync {

namespace {

constexpr int stand_ins_at_once = 100;

}  // namespace

Task<Status> AccountSync::revisit_repeatedly() {
  for (;;) {
    if (Status revisited = co_await revisit(); !revisited) co_return revisited;
    services_.log.write(LogLevel::debug, "account.revisited", {{"account", account_label_}});
    if (Status slept = co_await host::sleep_for(services_.options.revisit_interval); !slept) co_return slept;
  }
}

Task<Status> AccountSync::revisit() {
  std::string after;
  for (;;) {
    auto found = co_await host::on_pool(services_.runtime, [&]() -> Result<std::vector<store::StandIn>> {
      auto connection = services_.database.connect();
      if (!connection) return std::move(connection).error();
      return store::stand_ins(*connection, account_.account_id, after, stand_ins_at_once);
    });
    if (!found) co_return std::move(found).error();
    for (const store::StandIn& stand_in : *found) {
      if (Status revisited = co_await revisit_one(stand_in); !revisited) co_return revisited;
    }
    if (found->size() < stand_ins_at_once) co_return ok();
    after = found->back().identity;
  }
}

// One that is refused once more stays; what ends the session ends the revisit.
Task<Status> AccountSync::revisit_one(store::StandIn stand_in) {
  const Tracked* tracked = tracked_of(stand_in.collection_id);
  if (tracked == nullptr) co_return ok();
  const CollectionRemoteId collection = tracked->state.listed.remote_id;
  auto memory = co_await services_.memory->large_bodies.acquire(stand_in.item.size);
  if (!memory) co_return std::move(memory).error();
  auto raw = co_await fetch_raw(collection, stand_in.item);
  if (!raw) {
    const Error& error = raw.error();
    const bool ends = error.scope == ErrorScope::account || error.scope == ErrorScope::provider;
    if (ends && error.kind != ErrorKind::not_found) co_return std::move(raw).error();
    log_error("item.body_failed", error);
    co_return ok();
  }
  Item item = stand_in.item;
  item.payload = PayloadKind::message;
  item.raw = std::move(*raw);
  auto prepared = co_await prepare_raw(std::move(item), false);
  if (!prepared) co_return std::move(prepared).error();
  co_return co_await replace_stand_in(stand_in, std::move(*prepared));
}

// A page of one item, with the cursor that its folder has.
Task<Status> AccountSync::replace_stand_in(const store::StandIn& stand_in, PreparedItem item) {
  auto lock = co_await commit_mutex_.lock();
  if (!lock) co_return std::move(lock).error();
  Tracked* tracked = tracked_of(stand_in.collection_id);
  if (tracked == nullptr) co_return ok();
  store::CollectionState& state = tracked->state;
  IngestTarget target{services_.database, services_.metrics, account_, history_before_, ++round_number_};
  auto outcome = co_await host::on_pool(services_.runtime, [&]() -> Result<store::PageOutcome> {
    auto connection = services_.database.connect();
    if (!connection) return std::move(connection).error();
    const std::string remote_id = item.remote_id.bytes;
    auto held = store::find_placements(*connection, account_.account_id, state.collection_id, {remote_id});
    if (!held) return std::move(held).error();
    const auto placement = held->find(remote_id);
    if (placement == held->end()) return store::PageOutcome{};  // it went meanwhile
    item.flags = placement->second.flags;
    item.keywords = placement->second.keywords;
    item.version.bytes = placement->second.version;
    PreparedPage page;
    page.items.push_back(std::move(item));
    page.next = state.cursor;
    auto writer = packs();
    if (!writer) return std::move(writer).error();
    return ingest_page(target, **writer, state, page, state.synced_token);
  });
  lock->release();
  if (!outcome) co_return std::move(outcome).error();
  if (outcome->orphaned > 0) {
    orphans_ = true;
    want_listing();
  }
  services_.log.write(LogLevel::info, "item.revisited", {{"account", account_label_}});
  co_return ok();
}

}  // namespace hermod::sync
