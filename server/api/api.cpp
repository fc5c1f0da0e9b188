#include "server/api/api.hpp"

#include "server/api/route_context.hpp"

namespace hermod::server {

void add_application_route(Router& router, const ApiPointer& api, Method method, std::string_view pattern,
                           ApplicationHandler handler) {
  router.add(method, pattern, Access::key,
             [api, handler](Request& request) -> Result<Reply> { return handler(*api, request); });
}

void add_account_route(Router& router, const ApiPointer& api, Method method, std::string_view pattern,
                       AccountHandler handler) {
  const std::string whole = "/v3/grants/{grant}" + std::string(pattern);
  router.add(method, whole, Access::key, [api, handler](Request& request) -> Result<Reply> {
    auto scope = api->grants.resolve(request.principal, request.segment("grant"));
    if (!scope) return std::move(scope).error();
    return handler(*api, request, *scope);
  });
}

ids::ObjectId application_of(const Request& request) {
  return ids::parse_public(request.principal.application_id).value_or(ids::ObjectId{});
}

void add_routes(Router& router, ApiServices services) {
  const auto api = std::make_shared<Api>(std::move(services));
  add_message_routes(router, api);
  add_thread_routes(router, api);
  add_action_routes(router, api);
  add_folder_routes(router, api);
  add_draft_routes(router, api);
  add_attachment_routes(router, api);
  add_upload_routes(router, api);
  add_grant_routes(router, api);
  add_connect_routes(router, api);
  add_absent_routes(router, api);
}

}  // namespace hermod::server
