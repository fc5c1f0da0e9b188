// G/actions: list, find, resolve: what became of writes.
#include "core/store/action_store.hpp"
#include "core/store/repeat.hpp"
#include "server/api/json_input.hpp"
#include "server/api/list_query.hpp"
#include "server/api/route_context.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

void write_action(JsonWriter& writer, const store::Action& action, std::string_view grant_id) {
  const auto [type, object] = actions::name_of(action.kind);
  writer.begin_object().member("id", ids::to_public(action.action_id)).member("object", "action");
  writer.member("grant_id", grant_id).member("type", type).key("target").begin_object();
  writer.member("object", object).member("id", ids::to_public(action.target)).end_object();
  writer.member("status", actions::name_of(action.status)).member("attempts", action.attempts);
  if (!action.finished_at) writer.member("next_attempt_at", action.due_at);
  action.error ? writer.key("error").raw(*action.error) : writer.key("error").null();
  writer.member("created_at", action.created_at);
  action.finished_at ? writer.member("finished_at", *action.finished_at) : writer.key("finished_at").null();
  writer.end_object();
}

Result<std::optional<actions::ActionStatus>> parse_status(const Query& query) {
  const auto text = parse_text(query, "status");
  if (!text) return std::optional<actions::ActionStatus>();
  using enum actions::ActionStatus;
  for (const auto status : {pending, running, done, failed, outcome_unknown}) {
    if (actions::name_of(status) == *text) return std::optional(status);
  }
  return failure(ErrorKind::invalid_argument, "`status` has an unknown value",
                 "one of pending, running, done, failed, outcome_unknown");
}

Result<Reply> list(Api& api, Request& request, const AccountScope& scope) {
  auto page = parse_page(request.query, scope.account_id, ListKind::actions);
  auto status = parse_status(request.query);
  for (const Error* error : {error_of(page), error_of(status)}) {
    if (error != nullptr) return *error;
  }
  store::ActionFilter filter{*status, {}, page->limit + 1};
  if (page->after) filter.after = page->after->id;
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto found = store::list_actions(*connection, scope.account_id, filter);
  if (!found) return std::move(found).error();
  std::optional<std::string> cursor;
  if (found->size() > static_cast<std::size_t>(page->limit)) {
    found->pop_back();
    cursor = page_token(scope.account_id, ListKind::actions, {.at = 0, .id = found->back().action_id});
  }
  return list_reply(
      request,
      [&](JsonWriter& writer) {
        for (const store::Action& action : *found) write_action(writer, action, scope.grant_id);
      },
      cursor);
}

Result<ids::ObjectId> action_named(const Request& request) {
  const auto action_id = ids::parse_public(request.segment("action"));
  if (!action_id) return failure(ErrorKind::not_found, "there is no such action");
  return *action_id;
}

Result<Reply> show(Api& api, Request& request, const AccountScope& scope, const ids::ObjectId& action_id) {
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto action = store::find_action(*connection, scope.account_id, action_id);
  if (!action) return std::move(action).error();
  return data_reply(request, [&](JsonWriter& writer) { write_action(writer, *action, scope.grant_id); });
}

Result<Reply> find(Api& api, Request& request, const AccountScope& scope) {
  auto action_id = action_named(request);
  if (!action_id) return std::move(action_id).error();
  return show(api, request, scope, *action_id);
}

Result<Reply> resolve(Api& api, Request& request, const AccountScope& scope) {
  auto action_id = action_named(request);
  if (!action_id) return std::move(action_id).error();
  auto body = read_json_body(request, api.services.options.json_body_bytes);
  if (!body) return std::move(body).error();
  auto wanted = text_member(**body, "action");
  if (!wanted) return std::move(wanted).error();
  if (*wanted != "resend" && *wanted != "discard")
    return failure(ErrorKind::invalid_argument, "`action` is neither resend nor discard");
  {
    auto connection = api.services.database.connect();
    if (!connection) return std::move(connection).error();
    const auto resolution = *wanted == "resend" ? store::Resolution::resend : store::Resolution::discard;
    Status resolved = store::repeated(
        [&] { return store::resolve_action(*connection, scope.account_id, *action_id, resolution); });
    if (!resolved) return std::move(resolved).error();
  }
  return show(api, request, scope, *action_id);
}

}  // namespace

void add_action_routes(Router& router, const ApiPointer& api) {
  add_account_route(router, api, Method::get, "/actions", list);
  add_account_route(router, api, Method::get, "/actions/{action}", find);
  add_account_route(router, api, Method::post, "/actions/{action}/resolve", resolve);
}

}  // namespace hermod::server
