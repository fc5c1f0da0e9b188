#include "tests/conformance/model_engine.hpp"

#include "tests/conformance/page_rules.hpp"

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
  Result<ChangePage> page = fetch(id, store_.collections().at(id).cursor, limits);
  for (std::size_t pages = 0; pages < pages_max; ++pages) {
    if (!page && page.error().kind == ErrorKind::cursor_invalid) {
      ++invalid_cursors_;
      store_.forget_cursor(id);
      page = fetch(id, {}, limits);
      if (page || page.error().kind != ErrorKind::cursor_invalid) continue;
    }
    if (!page) {
      if (page.error().kind != ErrorKind::not_found) violated("changes are told", page.error());
      return true;
    }
    Result<ChangePage> ahead = Error{};
    const bool asks_ahead = !page->complete && page->next_use == NextUse::ahead;
    if (asks_ahead) ahead = fetch(id, page->next, limits);
    if (!commit(id, *page, death)) return false;
    if (reopen_) return true;
    if (page->complete) {
      store_.complete(id, token);
      return true;
    }
    page = asks_ahead ? std::move(ahead) : fetch(id, page->next, limits);
  }
  store_.violated("paging ends");
  return true;
}

Result<ChangePage> ModelEngine::fetch(const CollectionRemoteId& id, SyncCursor cursor,
                                      const FetchLimits& limits) {
  ++pages_;
  Result<ChangePage> page = subject_.strand().run(session_->fetch_changes(id, cursor, limits));
  if (!page) return page;
  for (const std::string& rule : broken_rules(*page, limits)) store_.violated(rule);
  if (!page->complete && page->next == cursor) store_.violated("a page that is not complete goes on");
  return page;
}

bool ModelEngine::commit(const CollectionRemoteId& id, const ChangePage& page, const Death& death) {
  const bool last = committed_in_round_++ == death.page;
  const std::map<RemoteId, std::string> bodies = fetch_bodies(id, page);
  if (last && death.when == Death::When::before_commit) return false;
  if (!reopen_) store_.commit(id, page, bodies);
  return !last;
}

std::map<RemoteId, std::string> ModelEngine::fetch_bodies(const CollectionRemoteId& id,
                                                          const ChangePage& page) {
  std::map<RemoteId, std::string> bodies;
  for (const Item& item : page.items) {
    if (!needs_body(item)) continue;
    CollectingSink sink;
    Status fetched = subject_.strand().run(session_->fetch_body(id, item.remote_id, sink));
    if (!fetched && fetched.error().kind != ErrorKind::not_found)
      violated("bodies are to be had", fetched.error());
    bodies[item.remote_id] = std::move(sink.bytes);
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
