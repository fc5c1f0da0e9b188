// /v3/grants: list, find, update, destroy, pause, resume, resync.
#include "core/secrets/key_ring.hpp"
#include "core/store/application_store.hpp"
#include "core/store/repeat.hpp"
#include "core/store/request_store.hpp"
#include "server/api/account_login.hpp"
#include "server/api/grant_json.hpp"
#include "server/api/json_input.hpp"
#include "server/api/list_query.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr std::int64_t offset_max = 1'000'000;

Result<store::GrantFilter> parse_grant_filter(const Request& request) {
  const Query& query = request.query;
  store::GrantFilter filter;
  filter.application_id = application_of(request);
  filter.email = parse_text(query, "email");
  filter.provider = parse_text(query, "provider");
  filter.grant_status = parse_text(query, "grant_status");
  filter.ip = parse_text(query, "ip");
  auto since = parse_number(query, "since");
  auto before = parse_number(query, "before");
  auto limit = query.number("limit", filter.limit, 1, std::numeric_limits<std::int32_t>::max());
  auto offset = query.number("offset", 0, 0, offset_max);
  for (const Error* error : {error_of(since), error_of(before), error_of(limit), error_of(offset)}) {
    if (error != nullptr) return *error;
  }
  filter.created_since = *since;
  filter.created_before = *before;
  filter.limit = static_cast<int>(std::min<std::int64_t>(*limit, store::page_limit_max));
  filter.offset = static_cast<int>(*offset);
  const std::string sort = parse_text(query, "sort_by").value_or("created_at");
  const std::string order = parse_text(query, "order_by").value_or("desc");
  if (sort != "created_at" && sort != "updated_at") {
    return failure(ErrorKind::invalid_argument, "`sort_by` is neither created_at nor updated_at");
  }
  if (order != "asc" && order != "desc") {
    return failure(ErrorKind::invalid_argument, "`order_by` is neither asc nor desc");
  }
  if (sort == "updated_at") filter.sort = store::GrantFilter::Sort::updated_at;
  if (order == "asc") filter.order = store::GrantFilter::Order::ascending;
  return filter;
}

Result<Reply> list(Api& api, Request& request) {
  if (request.principal.grant_id) {
    return failure(ErrorKind::denied, "an access token cannot list grants",
                   "use an API key, or GET /v3/grants/me");
  }
  auto filter = parse_grant_filter(request);
  if (!filter) return std::move(filter).error();
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto grants = store::list_grants(*connection, *filter);
  if (!grants) return std::move(grants).error();
  std::vector<ids::ObjectId> accounts;
  for (const store::Grant& grant : *grants) accounts.push_back(grant.account_id);
  auto progress = store::load_progress(*connection, accounts);
  if (!progress) return std::move(progress).error();
  const std::int64_t now = store::unix_seconds();
  return list_reply(
      request,
      [&](JsonWriter& writer) {
        for (const store::Grant& grant : *grants)
          write_grant(writer, grant, (*progress)[grant.account_id], now);
      },
      std::nullopt);
}

Result<Reply> find(Api& api, Request& request, const AccountScope& scope) {
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto grant = store::load_grant(*connection, scope.account_id);
  if (!grant) return std::move(grant).error();
  return grant_reply(*connection, request, *grant);
}

Result<store::Grant> load(Api& api, const AccountScope& scope) {
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  return store::load_grant(*connection, scope.account_id);
}

// The login as it is after the change: what the request gives, and what the store holds for the rest.
Result<AccountSettings> merged(Api& api, const store::Grant& grant,
                               const std::vector<SettingDeclaration>& declared,
                               const AccountSettings& given) {
  auto stored = parse_json_object(grant.settings);
  if (!stored) return std::move(stored).error();
  auto whole = read_account_settings(declared, **stored, Completeness::partial);
  if (!whole) return whole;
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto secrets = store::load_secrets(*connection, api.services.keys, grant.account_id);
  if (!secrets) return std::move(secrets).error();
  std::map<std::string, std::string> texts;
  for (const auto& [name, secret] : *secrets) texts.emplace(name, secret.reveal());
  whole->secret = settings_from_text(declared, texts);
  for (const auto& [key, value] : given.plain.values()) whole->plain.set(key, value);
  for (const auto& [key, value] : given.secret.values()) whole->secret.set(key, value);
  return whole;
}

// Holds no connection while it waits for the provider.
Result<store::GrantUpdate> parse_update(Api& api, Request& request, const store::Grant& grant) {
  auto body = read_json_body(request, api.services.options.json_body_bytes);
  if (!body) return std::move(body).error();
  auto settings = object_member(**body, "settings");
  if (!settings) return std::move(settings).error();
  store::GrantUpdate update;
  auto scope = scope_json(**body);
  if (!scope) return std::move(scope).error();
  update.scope = *scope;
  if (settings->isNull()) return update;
  const OfferedProvider* provider = offered_provider(api, grant.provider);
  if (provider == nullptr) return not_offered(api, grant.provider);
  auto given = read_account_settings(provider->settings, **settings, Completeness::partial);
  if (!given) return std::move(given).error();
  auto whole = merged(api, grant, provider->settings, *given);
  if (!whole) return std::move(whole).error();
  if (Status login = verify_login(api, grant.provider, *whole); !login) return std::move(login).error();
  update.settings = settings_json(whole->plain);
  update.secrets = settings_text(given->secret);
  return update;
}

Result<Reply> update(Api& api, Request& request, const AccountScope& scope) {
  auto grant = load(api, scope);
  if (!grant) return std::move(grant).error();
  auto update = parse_update(api, request, *grant);
  if (!update) return std::move(update).error();
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto updated = store::repeated(
      [&] { return store::update_grant(*connection, api.services.keys, scope.account_id, *update); });
  if (!updated) return std::move(updated).error();
  return grant_reply(*connection, request, *updated);
}

Result<Reply> destroy(Api& api, Request& request, const AccountScope& scope) {
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  Status deleted = store::repeated([&] { return store::delete_grant(*connection, scope.account_id); });
  if (!deleted) return std::move(deleted).error();
  api.grants.forget(scope.account_id);
  return empty_reply(request);
}

using Change = Result<store::Grant> (*)(store::Connection&, const ids::ObjectId&);
template <Change change>
Result<Reply> change_sync(Api& api, Request& request, const AccountScope& scope) {
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto grant = change(*connection, scope.account_id);
  if (!grant) return std::move(grant).error();
  return grant_reply(*connection, request, *grant);
}

// Compares the server's messages and flags with the store, folder by folder.
Result<Reply> consistency(Api& api, Request& request, const AccountScope& scope) {
  auto answer = api.services.live.ask(scope.account_id, store::RequestKind::consistency, {});
  if (!answer) return std::move(answer).error();
  return data_reply(request, [&](JsonWriter& writer) { writer.raw(*answer); });
}

}  // namespace

Result<Reply> grant_reply(store::Connection& connection, const Request& request, const store::Grant& grant,
                          int status) {
  auto progress = store::load_progress(connection, {grant.account_id});
  if (!progress) return std::move(progress).error();
  return data_reply(
      request,
      [&](JsonWriter& writer) {
        write_grant(writer, grant, (*progress)[grant.account_id], store::unix_seconds());
      },
      status);
}

void add_grant_routes(Router& router, const ApiPointer& api) {
  add_application_route(router, api, Method::get, "/v3/grants", list);
  add_account_route(router, api, Method::get, "", find);
  add_account_route(router, api, Method::patch, "", update);
  add_account_route(router, api, Method::del, "", destroy);
  add_account_route(router, api, Method::get, "/consistency", consistency);
  add_account_route(router, api, Method::post, "/pause", change_sync<store::pause_grant>);
  add_account_route(router, api, Method::post, "/resume", change_sync<store::resume_grant>);
  add_account_route(router, api, Method::post, "/resync", change_sync<store::resync_grant>);
}

}  // namespace hermod::server
