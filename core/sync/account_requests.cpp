// The account's requests: what applications ask of the live account (request_store.hpp). A session serves
// them; between sessions they are refused with the reason for which there is none.
#include "core/host/on_pool.hpp"
#include "core/store/search_store.hpp"
#include "core/sync/account_sync.hpp"

namespace hermod::sync {

namespace {

constexpr std::size_t served_at_once = 4;

bool before(const LiveRequest& one, const LiveRequest& other) {
  return one.taken.priority < other.taken.priority;
}

Error no_search() {
  return {ErrorKind::unsupported,
          ErrorScope::account,
          Retry::never(),
          "this account's provider has no search of its own",
          {},
          {},
          {}};
}

// To an application the account's own troubles are one: it cannot be reached now.
Error as_told(Error error) {
  switch (error.kind) {
    case ErrorKind::invalid_argument:
    case ErrorKind::unsupported:
    case ErrorKind::rate_limited:
    case ErrorKind::limit:
    case ErrorKind::invalid_data:
    case ErrorKind::timeout:
      return error;
    default:
      error.kind = ErrorKind::unavailable;
      return error;
  }
}

}  // namespace

void RequestInbox::submit(LiveRequest request) {
  {
    const std::lock_guard lock(mutex_);
    const auto place = std::upper_bound(waiting_.begin(), waiting_.end(), request, before);
    waiting_.insert(place, std::move(request));
  }
  submitted_.notify();
}

std::optional<LiveRequest> RequestInbox::try_next() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return std::nullopt;
  LiveRequest request = std::move(waiting_.front());
  waiting_.pop_front();
  return request;
}

Task<Result<LiveRequest>> RequestInbox::next() {
  for (;;) {
    if (auto request = try_next()) co_return std::move(*request);
    if (Status woken = co_await submitted_.wait(); !woken) co_return std::move(woken).error();
  }
}

void AccountSync::submit(LiveRequest request) { requests_.submit(std::move(request)); }

Task<Status> AccountSync::serve_requests() {
  Semaphore room(served_at_once);
  TaskGroup group(co_await current_context());
  Status ended = ok();
  while (ended) {
    auto permit = co_await room.acquire();
    if (!permit) {
      ended = std::move(permit).error();
      break;
    }
    auto request = co_await requests_.next();
    if (request) {
      ended = group.spawn(serve(std::move(*request), std::move(*permit)));
    } else {
      ended = std::move(request).error();
    }
  }
  (void)co_await group.cancel_and_join();
  co_return ended;
}

// One that the session's end cuts short waits for the next session.
Task<Status> AccountSync::serve(LiveRequest request, Semaphore::Permit permit) {
  const Semaphore::Permit held = std::move(permit);  // until the coroutine's end, not its frame's
  const Context& context = co_await current_context();
  const bool searches = request.taken.kind == store::RequestKind::search;
  auto answer = co_await with_deadline(searches ? search(request.taken.argument) : compare_with_server(),
                                       request.deadline - context.strand().now());
  if (!context.cancelled()) {
    (void)co_await answer_request(request, std::move(answer));
  } else {
    requests_.submit(std::move(request));
  }
  co_return ok();
}

Task<Result<std::string>> AccountSync::search(std::vector<std::string> argument) {
  auto* facet = static_cast<SearchFacet*>(opened_->session->facet(SearchFacet::id));
  if (facet == nullptr || argument.empty()) co_return no_search();
  SearchQuery query{std::move(argument.front()), {}, SearchReach::named, store::found_places_max};
  argument.erase(argument.begin());
  if (argument.empty()) query.reach = SearchReach::everywhere;
  auto collections =
      co_await host::on_pool(services_.runtime, [&]() -> Result<std::vector<CollectionRemoteId>> {
        auto connection = services_.database.connect();
        if (!connection) return std::move(connection).error();
        return store::searched_collections(*connection, account_.account_id, argument);
      });
  if (!collections) co_return std::move(collections).error();
  if (collections->empty()) co_return std::string();
  query.in = std::move(*collections);
  auto permit = co_await session_call();
  if (!permit) co_return std::move(permit).error();
  auto found = co_await facet->search(std::move(query));
  permit->release();
  if (!found) co_return std::move(found).error();
  co_return co_await host::on_pool(services_.runtime, [&]() -> Result<std::string> {
    auto connection = services_.database.connect();
    if (!connection) return std::move(connection).error();
    auto messages = store::newest_messages(*connection, account_.account_id, *found);
    if (!messages) return std::move(messages).error();
    return store::answer_of_message_ids(*messages);
  });
}

// One whose answer cannot be stored is not answered: who waits for it gives up by itself.
Task<Status> AccountSync::answer_request(LiveRequest request, Result<std::string> answer) {
  if (!answer) answer = as_told(std::move(answer).error());
  Status stored = co_await host::on_pool(services_.runtime, [&]() -> Status {
    auto connection = services_.database.connect();
    if (!connection) return std::move(connection).error();
    return store::answer_request(*connection, request.taken, answer);
  });
  services_.log.write(LogLevel::debug, "request.answered",
                      {{"account", account_label_},
                       {"request", ids::to_public(request.taken.request_id)},
                       {"outcome", std::string(answer ? "done" : to_string(answer.error().kind))},
                       {"stored", std::string(stored ? "yes" : "no")}});
  co_return ok();
}

// Without a session; until that long has passed.
Task<Status> AccountSync::refuse_requests_for(Duration duration, Error reason) {
  Context& context = co_await current_context();
  Context limited(context);
  limited.set_deadline(later(context.strand().now(), duration));
  for (;;) {
    auto request = co_await requests_.next().in(limited);
    if (context.cancelled()) co_return context.cancel_error();
    if (!request) co_return ok();
    reason.kind = ErrorKind::unavailable;
    reason.retry = Retry::after(
        std::chrono::duration_cast<std::chrono::milliseconds>(limited.deadline() - context.strand().now()));
    (void)co_await answer_request(std::move(*request), reason);
  }
}

Task<Status> AccountSync::refuse_waiting_requests(Error reason) {
  reason.kind = ErrorKind::unavailable;
  while (auto request = requests_.try_next()) (void)co_await answer_request(std::move(*request), reason);
  co_return ok();
}

}  // namespace hermod::sync
