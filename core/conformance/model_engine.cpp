#include "core/conformance/model_engine.hpp"

#include <algorithm>

#include "core/conformance/page_rules.hpp"

namespace hermod::conformance {
namespace {

struct CollectingSink final : BodySink {
  Task<Status> write(std::string chunk) override {
    bytes += chunk;
    co_return ok();
  }
  std::string bytes;
};

bool needs_body(const Item& item) {
  return item.payload == PayloadKind::on_demand || item.payload == PayloadKind::metadata;
}

}  // namespace

Session* ModelEngine::session() {
  if (session_) return session_.get();
  Result<std::unique_ptr<Session>> opened = subject_.open(store_, device_);
  if (!opened) {
    violated("a session can be opened", opened.error());
    return nullptr;
  }
  session_ = std::move(*opened);
  return session_.get();
}

bool ModelEngine::round(FetchLimits limits, Tokens tokens, Death death) {
  committed_in_round_ = 0;
  if (std::exchange(reopen_, false)) session_.reset();
  if (session() == nullptr || !list()) return true;
  std::vector<CollectionRemoteId> to_walk;
  for (const auto& [id, collection] : store_.collections()) {
    const Collection& listed = collection.listed;
    if (!listed.through.empty() || !listed.rights.has(Right::read)) continue;
    const bool unchanged = !listed.change_token.empty() && listed.change_token == collection.complete_at;
    if (tokens == Tokens::ignored || !unchanged) to_walk.push_back(id);
  }
  for (const CollectionRemoteId& id : to_walk) {
    if (!store_.collections().contains(id)) continue;  // written away meanwhile
    if (walk(id, limits, death)) continue;
    session_.reset();  // the program died; so did its connection
    return false;
  }
  return true;
}

void ModelEngine::settle(FetchLimits limits) {
  std::size_t quiet = 0;
  for (std::size_t rounds = 0; quiet < 2; ++rounds) {
    if (rounds == rounds_max) return store_.violated("changes end when nobody changes anything");
    const std::size_t before = store_.changes_seen(), lost = lost_connections_;
    round(limits);
    quiet = store_.changes_seen() == before && lost_connections_ == lost ? quiet + 1 : 0;
  }
}

bool ModelEngine::list() {
  std::vector<Collection> collections;
  SyncCursor cursor;
  for (std::size_t pages = 0; pages < pages_max; ++pages) {
    Result<CollectionPage> page = subject_.strand().run(session_->fetch_collections(cursor));
    if (!page) {
      violated("collections are listed", page.error());
      return false;
    }
    for (const std::string& rule : broken_rules(*page)) store_.violated(rule);
    collections.insert(collections.end(), page->collections.begin(), page->collections.end());
    if (page->complete) {
      store_.commit_listing(collections);
      return true;
    }
    cursor = page->next;
  }
  store_.violated("a listing ends");
  return false;
}

// False: the program died.
bool ModelEngine::walk(const CollectionRemoteId& id, const FetchLimits& limits, const Death& death) {
  const std::string token = store_.collections().at(id).listed.change_token;
  Fetched now = fetch_on(id, limits);
  bool may_act = true;  // not again before the page that is asked for again
  for (std::size_t pages = 0; pages < pages_max; ++pages) {
    if (!now.page && now.page.error().kind == ErrorKind::cursor_invalid) {
      ++invalid_cursors_;
      store_.forget_cursor(id);
      now = fetch_on(id, limits);
      if (now.page || now.page.error().kind != ErrorKind::cursor_invalid) continue;
    }
    if (!now.page) {
      if (now.page.error().kind != ErrorKind::not_found) violated("changes are told", now.page.error());
      return true;
    }
    std::optional<Fetched> ahead;
    if (!now.page->complete && now.page->next_use == NextUse::ahead)
      ahead = fetch(id, now.page->next, limits);
    if (between_pages_ && may_act) {
      between_pages_();
      if (!store_.collections().contains(id)) return true;
      if (!still_holds(id, now)) {
        now = fetch_on(id, limits);
        may_act = false;
        continue;
      }
    }
    may_act = true;
    if (!commit(id, now, death)) return false;
    if (reopen_) return true;
    if (now.page->complete) {
      store_.complete(id, token);
      return true;
    }
    now = ahead && still_holds(id, *ahead) ? std::move(*ahead) : fetch_on(id, limits);
  }
  store_.violated("paging ends");
  return true;
}

ModelEngine::Fetched ModelEngine::fetch_on(const CollectionRemoteId& id, const FetchLimits& limits) {
  return fetch(id, store_.collections().at(id).cursor, limits);
}

ModelEngine::Fetched ModelEngine::fetch(const CollectionRemoteId& id, SyncCursor cursor,
                                        const FetchLimits& limits) {
  ++pages_;
  Fetched fetched{cursor, store_.clock(), Error{}};
  if (session() == nullptr) return fetched;
  fetched.page = subject_.strand().run(session()->fetch_changes(id, cursor, limits));
  if (!fetched.page) return fetched;
  for (const std::string& rule : broken_rules(*fetched.page, limits)) store_.violated(rule);
  if (!fetched.page->complete && fetched.page->next == cursor) {
    store_.violated("a page that is not complete goes on");
  }
  return fetched;
}

bool ModelEngine::still_holds(const CollectionRemoteId& id, const Fetched& fetched) const {
  if (fetched.from != store_.collections().at(id).cursor) return false;
  return !fetched.page || std::ranges::all_of(fetched.page->items, [&](const Item& item) {
    return !item.known_as || store_.holds({item.known_in, *item.known_as});
  });
}

bool ModelEngine::commit(const CollectionRemoteId& id, const Fetched& fetched, const Death& death) {
  const bool last = committed_in_round_++ == death.page;
  const std::map<RemoteId, std::string> bodies = fetch_bodies(id, *fetched.page);
  if (last && death.when == Death::When::before_commit) return false;
  if (!reopen_) store_.commit(id, *fetched.page, bodies, fetched.asked_at);
  return !last;
}

std::map<RemoteId, std::string> ModelEngine::fetch_bodies(const CollectionRemoteId& id,
                                                          const ChangePage& page) {
  std::map<RemoteId, std::string> bodies;
  for (const Item& item : page.items) {
    if (!needs_body(item)) continue;
    CollectingSink sink;
    Status fetched = subject_.strand().run(session()->fetch_body(id, item.remote_id, sink));
    if (fetched) {
      bodies[item.remote_id] = std::move(sink.bytes);
    } else if (fetched.error().kind != ErrorKind::not_found) {  // if it is, its removal follows
      violated("bodies are to be had", fetched.error());
    }
  }
  return bodies;
}

void ModelEngine::violated(const std::string& rule, const Error& error) {
  if (error.kind == ErrorKind::unavailable && subject_.quirks().connections_end) {
    ++lost_connections_;  // the round that follows tries again
    reopen_ = true;
    return;
  }
  store_.violated(rule + " (" + std::string(to_string(error.kind)) + ": " + error.message + ")");
}

}  // namespace hermod::conformance
