// G/threads: list, find, update, destroy.
#include "core/store/thread_query.hpp"
#include "server/api/list_query.hpp"
#include "server/api/message_lookup.hpp"
#include "server/api/native_search.hpp"
#include "server/api/thread_json.hpp"
#include "server/api/writes.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

bool lists_latest_body(const Selection& selection) { return selection.has("latest_draft_or_message"); }

store::MessageColumns columns_of(bool body) {
  return body ? store::MessageColumns::body : store::MessageColumns::narrow;
}

Result<Reply> list(Api& api, Request& request, const AccountScope& scope) {
  auto page = parse_page(request.query, scope.account_id, ListKind::threads);
  if (!page) return std::move(page).error();
  auto filter = parse_thread_filter(request.query);
  if (!filter) return std::move(filter).error();
  const Selection selection = Selection::of(request.query);
  auto search = NativeSearch::run(api, scope, request.query, *page, filter->message);
  if (!search) return std::move(search).error();
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto found = store::list_threads(*connection, scope.account_id, *filter, *page,
                                   columns_of(lists_latest_body(selection)));
  if (!found) return std::move(found).error();
  std::optional<std::string> cursor;
  if (auto next = found->next()) {
    cursor = page_token(scope.account_id, ListKind::threads, *next);
    if (Status kept = search->keep(*connection, scope, filter->message); !kept)
      return std::move(kept).error();
  }
  return list_reply(
      request,
      [&](JsonWriter& writer) {
        for (int i = 0; i < found->size(); ++i)
          write_thread(writer, found->row(i), scope.grant_id, selection);
      },
      cursor);
}

Result<Reply> find(Api& api, Request& request, const AccountScope& scope) {
  const Error absent = failure(ErrorKind::not_found, "there is no such thread");
  const auto thread_id = ids::parse_public(request.segment("thread"));
  if (!thread_id) return absent;
  const Selection selection = Selection::of(request.query);
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto found = store::find_thread(*connection, scope.account_id, *thread_id,
                                  columns_of(selection.has("latest_draft_or_message")));
  if (!found) return std::move(found).error();
  if (found->size() == 0) return absent;
  return data_reply(
      request, [&](JsonWriter& writer) { write_thread(writer, found->row(0), scope.grant_id, selection); });
}

// All messages of the thread, in one action.
struct ThreadMembers {
  ids::ObjectId thread_id;
  std::vector<ids::ObjectId> messages;
};
Result<ThreadMembers> thread_named(store::Connection& connection, const AccountScope& scope, const Request& request) {
  const auto thread_id = ids::parse_public(request.segment("thread"));
  if (!thread_id) return failure(ErrorKind::not_found, "there is no such thread");
  auto messages = store::messages_of_thread(connection, scope.account_id, *thread_id);
  if (!messages) return std::move(messages).error();
  return ThreadMembers{*thread_id, std::move(*messages)};
}

Result<Reply> update(Api& api, Request& request, const AccountScope& scope) {
  auto body = read_json_body(request, api.services.options.json_body_bytes);
  if (!body) return std::move(body).error();
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto thread = thread_named(*connection, scope, request);
  if (!thread) return std::move(thread).error();
  auto change = parse_message_change(*connection, scope, **body, ChangeOf::thread);
  if (!change) return std::move(change).error();
  auto action_id = store::write_messages(*connection, scope.account_id,
                                         {.kind = actions::ActionKind::thread_update,
                                          .target = thread->thread_id,
                                          .messages = std::move(thread->messages),
                                          .intent = change->intent,
                                          .metadata = change->metadata});
  if (!action_id) return std::move(action_id).error();
  auto found = store::find_thread(*connection, scope.account_id, thread->thread_id, columns_of(true));
  if (!found) return std::move(found).error();
  if (found->size() == 0) return failure(ErrorKind::not_found, "there is no such thread");
  const Selection whole;
  return written_reply(request, *action_id, [&](JsonWriter& writer) {
    write_thread(writer, found->row(0), scope.grant_id, whole);
  });
}

Result<Reply> destroy(Api& api, Request& request, const AccountScope& scope) {
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto thread = thread_named(*connection, scope, request);
  if (!thread) return std::move(thread).error();
  auto deletion = parse_deletion(*connection, scope, request.query);
  if (!deletion) return std::move(deletion).error();
  auto action_id = store::write_messages(*connection, scope.account_id,
                                         {.kind = actions::ActionKind::thread_destroy,
                                          .target = thread->thread_id,
                                          .messages = std::move(thread->messages),
                                          .intent = std::move(*deletion),
                                          .metadata = {}});
  if (!action_id) return std::move(action_id).error();
  return written_reply(request, *action_id);
}

}  // namespace

void add_thread_routes(Router& router, const ApiPointer& api) {
  add_account_route(router, api, Method::get, "/threads", list);
  add_account_route(router, api, Method::get, "/threads/{thread}", find);
  add_account_route(router, api, Method::put, "/threads/{thread}", update);
  add_account_route(router, api, Method::del, "/threads/{thread}", destroy);
}

}  // namespace hermod::server
