// Whether the store has what the server has: a snapshot of every folder without bodies, by a session of its
// own, compared with what is confirmed. The answer is JSON:
//
//   {"consistent", "checked_at", "folders": [{"id", "path", "server", "store", "missing": [Message-IDs],
//   "extra": [ids],
//    "flags": [ids]}]}
//
// missing: on the server alone; extra: in the store alone; flags: they differ. What changes while it runs may
// show as drift. Lists end at drift_shown_max; `server` and `store` count all.
#include <algorithm>
#include <unordered_set>

#include "core/host/on_pool.hpp"
#include "core/json/rapidjson.hpp"
#include "core/store/application_store.hpp"
#include "core/store/page_lookup.hpp"
#include "core/sync/account_sync.hpp"

namespace hermod::sync {

namespace {

constexpr std::size_t drift_shown_max = 100;
constexpr std::size_t pages_max = 100'000;
constexpr std::size_t compared_items = 5'000;  // at once

struct Drift {
  ids::ObjectId folder_id;
  std::string path;
  std::uint64_t on_server = 0, in_store = 0, differences = 0;
  std::vector<std::string> missing, extra, flags;

  void note(std::vector<std::string>& list, std::string name) {
    ++differences;
    if (list.size() < drift_shown_max) list.push_back(std::move(name));
  }
};

using Names = std::unordered_set<std::string>;  // remote ids on the server

Status compare_page(store::Connection& connection, const ids::ObjectId& account_id,
                    const std::vector<Item>& items, Drift& drift) {
  std::vector<std::string_view> remote_ids;
  for (const Item& item : items) remote_ids.push_back(item.remote_id.bytes);
  auto held = store::find_placements(connection, account_id, drift.folder_id, remote_ids);
  if (!held) return std::move(held).error();
  for (const Item& item : items) {
    const auto found = held->find(item.remote_id.bytes);
    if (found == held->end()) {
      drift.note(drift.missing, item.message_id);
    } else if (found->second.flags != item.flags) {
      drift.note(drift.flags, ids::to_public(found->second.message_id));
    }
  }
  return ok();
}

Status compare_store(store::Connection& connection, const ids::ObjectId& account_id,
                     const CollectionRemoteId& collection, const Names& on_server, Drift& drift) {
  RemoteId after;
  for (;;) {
    auto known = store::known_items(connection, account_id, collection, after, compared_items);
    if (!known) return std::move(known).error();
    if (known->empty()) return ok();
    after = known->back().remote_id;
    drift.in_store += known->size();
    std::vector<std::string_view> gone;
    for (const KnownItem& item : *known) {
      if (!on_server.contains(item.remote_id.bytes)) gone.push_back(item.remote_id.bytes);
    }
    auto held = store::find_placements(connection, account_id, drift.folder_id, gone);
    if (!held) return std::move(held).error();
    for (const auto& [remote_id, placement] : *held)
      drift.note(drift.extra, ids::to_public(placement.message_id));
  }
}

std::string json_of(const std::vector<Drift>& folders) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
  const auto text = [&](std::string_view value) {
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  json.StartObject();
  json.Key("consistent");
  json.Bool(std::ranges::all_of(folders, [](const Drift& one) { return one.differences == 0; }));
  json.Key("checked_at");
  json.Int64(store::unix_seconds());
  json.Key("folders");
  json.StartArray();
  for (const Drift& one : folders) {
    json.StartObject();
    json.Key("id");
    text(ids::to_public(one.folder_id));
    json.Key("path");
    text(one.path);
    json.Key("server");
    json.Uint64(one.on_server);
    json.Key("store");
    json.Uint64(one.in_store);
    json.Key("differences");
    json.Uint64(one.differences);
    for (const auto& [key, list] :
         {std::pair("missing", &one.missing), {"extra", &one.extra}, {"flags", &one.flags}}) {
      json.Key(key);
      json.StartArray();
      for (const std::string& name : *list) text(name);
      json.EndArray();
    }
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace

Task<Result<std::string>> AccountSync::compare_with_server() {
  auto login = co_await load_login();
  if (!login) co_return std::move(login).error();
  auto opened = co_await open_session(std::move(*login));
  if (!opened) co_return std::move(opened).error();
  Session& session = *(*opened)->session;
  std::vector<std::pair<CollectionRemoteId, Drift>> folders;
  for (const auto& [remote_id, tracked] : collections_) {
    const Collection& listed = tracked.state.listed;
    if (!is_fetched(listed)) continue;
    folders.emplace_back(listed.remote_id,
                         Drift{tracked.state.collection_id, listed.path, 0, 0, 0, {}, {}, {}});
  }
  std::vector<Drift> drifts;
  for (auto& [collection, drift] : folders) {
    Names on_server;
    SyncCursor cursor;
    for (std::size_t pages = 0; pages < pages_max; ++pages) {
      auto page = co_await session.fetch_changes(collection, cursor,
                                                 {.items_max = compared_items, .inline_bytes = 0});
      if (!page && page.error().kind == ErrorKind::not_found) break;  // deleted since the last listing
      if (!page) co_return std::move(page).error();
      for (const Item& item : page->items) on_server.insert(item.remote_id.bytes);
      for (const Removal& removal : page->removals) on_server.erase(removal.remote_id.bytes);
      Status compared = co_await host::on_pool(services_.runtime, [&]() -> Status {
        auto connection = services_.database.connect();
        if (!connection) return std::move(connection).error();
        return compare_page(*connection, account_.account_id, page->items, drift);
      });
      if (!compared) co_return std::move(compared).error();
      cursor = std::move(page->next);
      if (page->complete) break;
    }
    drift.on_server = on_server.size();
    Status compared = co_await host::on_pool(services_.runtime, [&]() -> Status {
      auto connection = services_.database.connect();
      if (!connection) return std::move(connection).error();
      return compare_store(*connection, account_.account_id, collection, on_server, drift);
    });
    if (!compared) co_return std::move(compared).error();
    drifts.push_back(std::move(drift));
  }
  (void)co_await with_deadline(session.close(), std::chrono::seconds(2));
  co_return json_of(drifts);
}

}  // namespace hermod::sync
