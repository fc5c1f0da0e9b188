// POST /v3/connect/custom connects an account; POST /v3/providers/detect says whose an address is.
#include "core/store/repeat.hpp"
#include "server/api/account_login.hpp"
#include "server/api/json_input.hpp"
#include "server/api/list_query.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr std::size_t scopes_max = 100;
constexpr std::size_t state_bytes_max = 4 << 10;
constexpr std::size_t address_bytes_max = 320;  // RFC 3696 erratum 1690, with room to spare

struct ConnectRequest {
  store::GrantInput input;
  AccountSettings settings;
};

Result<ConnectRequest> parse_connect(Api& api, Request& request) {
  auto body = read_json_body(request, api.services.options.json_body_bytes);
  if (!body) return std::move(body).error();
  auto provider = text_member(**body, "provider");
  auto given = object_member(**body, "settings");
  auto state = text_member(**body, "state");
  auto scope = scope_json(**body);
  for (const Error* error : {error_of(provider), error_of(given), error_of(state), error_of(scope)}) {
    if (error != nullptr) return *error;
  }
  if (!*provider) return failure(ErrorKind::invalid_argument, "`provider` is missing");
  if (given->isNull()) return failure(ErrorKind::invalid_argument, "`settings` is missing");
  if (state->value_or("").size() > state_bytes_max)
    return failure(ErrorKind::invalid_argument, "`state` is too long");
  const OfferedProvider* offered = offered_provider(api, **provider);
  if (offered == nullptr) return not_offered(api, **provider);
  auto settings = read_account_settings(offered->settings, **given, Completeness::whole);
  if (!settings) return std::move(settings).error();
  const auto address = address_of(**given, *settings);
  if (!address || address->size() > address_bytes_max) {
    return failure(ErrorKind::invalid_argument, "the account's e-mail address is not known",
                   "give it as settings.email");
  }
  ConnectRequest connect{{}, std::move(*settings)};
  connect.input.application_id = application_of(request);
  connect.input.provider = **provider;
  connect.input.email = *address;
  connect.input.settings = settings_json(connect.settings.plain);
  connect.input.secrets = settings_text(connect.settings.secret);
  connect.input.scope = scope->value_or("[]");
  connect.input.state = *state;
  connect.input.ip = request.peer.empty() ? std::nullopt : std::optional(request.peer);
  if (const auto agent = request.headers.find("user-agent")) connect.input.user_agent = *agent;
  return connect;
}

Result<Reply> connect_custom(Api& api, Request& request) {
  if (request.principal.grant_id) {
    return failure(ErrorKind::denied, "an access token cannot connect accounts", "use an API key");
  }
  auto connect = parse_connect(api, request);
  if (!connect) return std::move(connect).error();
  if (Status login = verify_login(api, connect->input.provider, connect->settings); !login) {
    return std::move(login).error();
  }
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto connected = store::repeated(
      [&] { return store::connect_grant(*connection, api.services.keys, connect->input); });
  if (!connected) return std::move(connected).error();
  const int status = connected->origin == store::GrantOrigin::created ? 201 : 200;
  return grant_reply(*connection, request, connected->grant, status);
}

Result<Reply> detect(Api& api, Request& request) {
  const auto address = parse_text(request.query, "email");
  if (!address || address->find('@') == std::string::npos || address->size() > address_bytes_max) {
    return failure(ErrorKind::invalid_argument, "`email` is not an e-mail address",
                   "pass it as a query parameter: ?email=someone@example.com");
  }
  auto detected = api.services.detector.detect(*address);
  if (!detected) return std::move(detected).error();
  return data_reply(request, [&](JsonWriter& writer) {
    writer.begin_object().member("email_address", *address).member("detected", detected->has_value());
    if (*detected) {
      writer.member("provider", (*detected)->provider).member("type", (*detected)->provider);
      writer.raw_member("settings", settings_json((*detected)->settings));
    }
    writer.end_object();
  });
}

}  // namespace

const OfferedProvider* offered_provider(const Api& api, std::string_view provider) {
  const auto& all = api.services.providers;
  const auto found = std::ranges::find(all, provider, &OfferedProvider::provider);
  return found == all.end() ? nullptr : &*found;
}

Error not_offered(const Api& api, const std::string& provider) {
  std::string offered;
  for (const OfferedProvider& each : api.services.providers)
    offered += (offered.empty() ? "" : ", ") + each.provider;
  return failure(ErrorKind::invalid_argument, "no plugin for the provider `" + provider + "` is loaded",
                 offered.empty() ? "no plugin is loaded at all" : "loaded: " + offered);
}

Status verify_login(const Api& api, const std::string& provider, const AccountSettings& settings) {
  Status login = api.services.verifier.verify(provider, settings.plain, settings.secret);
  if (!login && login.error().kind == ErrorKind::auth) {
    Error refused = std::move(login).error();
    refused.kind = ErrorKind::invalid_argument;
    if (refused.message.empty()) refused.message = "the provider refused the login";
    return refused;
  }
  return login;
}

Result<std::optional<std::string>> scope_json(const Poco::JSON::Object& body) {
  if (body.get("scope").isEmpty()) return std::optional<std::string>();
  auto scopes = text_list(body, "scope", scopes_max);
  if (!scopes) return std::move(scopes).error();
  JsonWriter writer;
  writer.begin_array();
  for (const std::string& scope : *scopes) writer.value(scope);
  return std::optional(writer.end_array().text());
}

void add_connect_routes(Router& router, const ApiPointer& api) {
  add_application_route(router, api, Method::post, "/v3/connect/custom", connect_custom);
  add_application_route(router, api, Method::post, "/v3/providers/detect", detect);
}

}  // namespace hermod::server
