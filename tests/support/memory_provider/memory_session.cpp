#include "tests/support/memory_provider/memory_session.hpp"

#include <cstdlib>

#include "tests/support/memory_provider/comparison_page.hpp"
#include "tests/support/memory_provider/mutations.hpp"
#include "tests/support/memory_provider/turn.hpp"

namespace hermod::memory {
namespace {

constexpr std::int64_t day = 24 * 60 * 60;

Error lost_answer() {
  return {ErrorKind::unavailable, ErrorScope::account, Retry::after(), "the connection was lost", {}, {}, {}};
}

// The collection whose cursor a mutation moves; empty: none.
std::string written_collection(const Mutation& mutation) {
  return std::visit(
      [](const auto& change) -> std::string {
        if constexpr (requires { change.item; }) return change.item.collection.bytes;
        if constexpr (requires { change.replaces; }) return change.collection.bytes;
        return {};
      },
      mutation.change);
}

// A write that takes the cursor with it and brings what changed meanwhile.
Result<MutationOutcome> push_with_cursor(MailboxState& state, const Mutation& mutation,
                                         const SyncCursor& cursor, const Shape& shape) {
  const std::string folder = written_collection(mutation);
  if (folder.empty() || cursor.empty()) return apply_mutation(state, mutation, shape.options);
  if (Result<Position> position = position_of(state, folder, cursor, shape); !position) {
    return std::move(position).error();
  }
  Result<MutationOutcome> outcome = apply_mutation(state, mutation, shape.options);
  if (!outcome) return outcome;
  Result<ChangePage> page = journal_page(state, folder, cursor, shape);
  if (!page) return std::move(page).error();
  outcome->next = page->next;
  outcome->page = std::move(*page);
  return outcome;
}

}  // namespace

// One call of the session: counted while it is in flight, so that one too many is noticed.
class MemorySession::Call {
 public:
  explicit Call(MemorySession& session) : session_(session) { ++session_.calls_; }
  Call(const Call&) = delete;
  ~Call() {
    if (!stuck_) --session_.calls_;
  }
  // Sends the request. True: its answer is to be lost.
  Task<Result<bool>> pass(Request request, std::string collection) {
    const SessionTraits traits = session_.traits();
    if (session_.calls_ > (traits.overlap == Overlap::any ? traits.calls_max : 1)) {
      co_return Error{
          ErrorKind::internal, ErrorScope::account, Retry::never(), "too many calls overlap", {}, {}, {}};
    }
    Turn turn(*session_.mailbox_, request, std::move(collection));
    Status passed = co_await turn;
    if (passed) co_return turn.answer_lost;
    stuck_ = session_.options_.sabotage == Sabotage::law7 && passed.error().kind == ErrorKind::cancelled;
    co_return std::move(passed).error();
  }

 private:
  MemorySession& session_;
  bool stuck_ = false;
};

MemorySession::MemorySession(SessionOptions options, std::shared_ptr<MemoryMailbox> mailbox, Host& host)
    : options_(std::move(options)), mailbox_(std::move(mailbox)), host_(host) {
  opened_at_ = listing_told_ = mailbox_->locked([](const MailboxState& state) { return state.change; });
}

SessionTraits MemorySession::traits() const noexcept {
  SessionTraits traits;
  traits.overlap = options_.has(Mode::consumed) ? Overlap::wait_plus_one : Overlap::any;
  traits.calls_max = options_.has(Mode::consumed) ? 1 : 4;
  traits.write_serialization =
      options_.has(Mode::consumed) ? WriteSerialization::collection : WriteSerialization::object;
  traits.raw = options_.has(Mode::unstable_raw) ? RawStability::regenerated : RawStability::stable;
  return traits;
}

Shape MemorySession::shape(FetchLimits limits) const {
  Shape shape{options_, limits};
  if (options_.has(Mode::window)) {
    shape.window_start = (host_.clock().unix_milliseconds() / 1000 / day - options_.window_days) * day;
  }
  return shape;
}

Task<Result<CollectionPage>> MemorySession::fetch_collections(SyncCursor cursor) {
  Call call(*this);
  Result<bool> lost = co_await call.pass(Request::fetch_collections, {});
  if (!lost) co_return std::move(lost).error();
  CollectionPage page = mailbox_->locked([&](const MailboxState& state) {
    CollectionPage listed;
    for (auto at = state.folders.upper_bound(cursor.bytes); at != state.folders.end(); ++at) {
      if (listed.collections.size() == collections_per_page) {
        listed.complete = false;
        break;
      }
      listed.collections.push_back(to_collection(state, at->second, options_, shape({}).window_start));
      listed.next.bytes = at->first;
    }
    return listed;
  });
  if (Result<bool> back = co_await call.pass(Request::answer_collections, {}); !back)
    co_return std::move(back).error();
  if (*lost) co_return lost_answer();
  co_return page;
}

Task<Result<ChangePage>> MemorySession::fetch_changes(CollectionRemoteId collection, SyncCursor cursor,
                                                      FetchLimits limits) {
  Call call(*this);
  Result<bool> lost = co_await call.pass(Request::fetch_changes, collection.bytes);
  if (!lost) co_return std::move(lost).error();
  Result<ChangePage> page = lost_answer();
  if (options_.has(Mode::known)) {
    page = co_await comparison_page(*mailbox_, host_, collection.bytes, std::move(cursor), shape(limits));
  } else {
    page = mailbox_->locked(
        [&](MailboxState& state) { return journal_page(state, collection.bytes, cursor, shape(limits)); });
  }
  if (*lost) co_return lost_answer();
  co_return page;
}

Task<Status> MemorySession::fetch_body(CollectionRemoteId collection, RemoteId remote_id, BodySink& sink) {
  if (options_.sabotage == Sabotage::crash) std::abort();
  Call call(*this);
  Result<bool> lost = co_await call.pass(Request::fetch_body, collection.bytes);
  if (!lost) co_return std::move(lost).error();
  const std::optional<std::string> raw =
      mailbox_->locked([&](MailboxState& state) -> std::optional<std::string> {
        const auto folder = state.folders.find(collection.bytes);
        if (folder == state.folders.end()) return std::nullopt;
        const Folder& store = state.store_of(folder->second);
        const auto entry = store.entries.find(uid_of(store, remote_id));
        if (entry == store.entries.end()) return std::nullopt;
        return raw_bytes(state, *entry->second.message, options_);
      });
  if (!raw) {
    co_return Error{
        ErrorKind::not_found, ErrorScope::item, Retry::never(), "the message is gone", {}, {}, {}};
  }
  for (std::size_t at = 0; at < raw->size(); at += body_chunk) {
    if (Status written = co_await sink.write(raw->substr(at, body_chunk)); !written) co_return written;
    if (*lost) co_return lost_answer();
  }
  co_return ok();
}

Task<Result<MutationOutcome>> MemorySession::push_mutation(Mutation mutation,
                                                           std::optional<SyncCursor> cursor) {
  Call call(*this);
  Result<bool> lost = co_await call.pass(Request::push_mutation, {});
  if (!lost) co_return std::move(lost).error();
  Result<MutationOutcome> outcome = mailbox_->locked([&](MailboxState& state) {
    return options_.has(Mode::consumed) && cursor ? push_with_cursor(state, mutation, *cursor, shape({}))
                                                  : apply_mutation(state, mutation, options_);
  });
  if (outcome && *lost) {
    MutationOutcome unknown;
    unknown.error = lost_answer();
    co_return unknown;
  }
  co_return outcome;
}

Facet* MemorySession::facet(std::string_view id) {
  if (id == PushFacet::id && !options_.has(Mode::no_push)) return static_cast<PushFacet*>(this);
  if (id == SearchFacet::id && !options_.has(Mode::no_search)) return static_cast<SearchFacet*>(this);
  return nullptr;
}

std::optional<PushEvent> MemorySession::changed_since(const std::vector<CollectionRemoteId>& collections) {
  PushEvent event;
  mailbox_->locked([&](const MailboxState& state) {
    event.collections_changed =
        std::exchange(listing_told_, std::max(listing_told_, state.listing_change)) < state.listing_change;
    for (const CollectionRemoteId& collection : collections) {
      const auto folder = state.folders.find(collection.bytes);
      if (folder == state.folders.end()) continue;
      std::uint64_t& told = told_.try_emplace(collection.bytes, opened_at_).first->second;
      if (std::exchange(told, folder->second.changed) < folder->second.changed)
        event.dirty.push_back(collection);
    }
  });
  if (event.dirty.empty() && !event.collections_changed) return std::nullopt;
  return event;
}

Task<Result<PushEvent>> MemorySession::wait(std::vector<CollectionRemoteId> collections) {
  Turn entered(*mailbox_, Request::wait, {});
  if (Status passed = co_await entered; !passed) co_return std::move(passed).error();
  while (true) {  // one turn a change of the mailbox; ends by an event or by cancellation
    const std::uint64_t seen = mailbox_->locked([](const MailboxState& state) { return state.change; });
    if (std::optional<PushEvent> event = changed_since(collections)) co_return std::move(*event);
    Turn change(*mailbox_, seen);
    if (Status woken = co_await change; !woken) co_return std::move(woken).error();
  }
}

Task<Result<std::vector<FoundItem>>> MemorySession::search(SearchQuery query) {
  Call call(*this);
  Result<bool> lost = co_await call.pass(Request::search, {});
  if (!lost) co_return std::move(lost).error();
  const std::size_t refused = query.text.find_first_of("()\r\n");
  if (refused != std::string::npos) {
    co_return Error{ErrorKind::invalid_argument,
                    ErrorScope::item,
                    Retry::never(),
                    "the search is not understood at character " + std::to_string(refused + 1),
                    {},
                    {},
                    {}};
  }
  std::vector<FoundItem> found;
  mailbox_->locked([&](MailboxState& state) {
    for (const CollectionRemoteId& collection : query.in) {
      const auto folder = state.folders.find(collection.bytes);
      if (folder == state.folders.end()) continue;
      for (const auto& [uid, entry] : folder->second.entries) {
        if (entry.message->raw.find(query.text) == std::string::npos) continue;
        found.push_back({collection, remote_id_of(folder->second, uid)});
      }
    }
  });
  if (*lost) co_return lost_answer();
  if (found.size() > query.items_max) {
    co_return Error{
        ErrorKind::limit, ErrorScope::item, Retry::never(), "the search finds too many messages", {}, {}, {}};
  }
  co_return found;
}

Task<Status> MemorySession::close() { co_return ok(); }

}  // namespace hermod::memory
