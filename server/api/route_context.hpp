// Api: what every handler of the REST API works with; and the ways to add a route.
//
// Owner: the handlers in the router, together. Threads: any.
#pragma once

#include <memory>

#include "core/store/database.hpp"
#include "server/api/api.hpp"
#include "server/api/raw_budget.hpp"
#include "server/auth/grant_directory.hpp"
#include "server/http/router.hpp"

namespace hermod::server {

struct Api {
  explicit Api(ApiServices given)
      : services(std::move(given)),
        grants(services.database),
        raw_budget(services.options.raw_bytes_at_once, services.options.raw_wait_max) {}

  ApiServices services;
  GrantDirectory grants;
  RawBudget raw_budget;
};
using ApiPointer = std::shared_ptr<Api>;

// A route of the application: `pattern` is whole.
using ApplicationHandler = Result<Reply> (*)(Api&, Request&);
void add_application_route(Router& router, const ApiPointer& api, Method method, std::string_view pattern,
                           ApplicationHandler handler);

// A route of one grant: `pattern` goes on after /v3/grants/{grant}.
using AccountHandler = Result<Reply> (*)(Api&, Request&, const AccountScope&);
void add_account_route(Router& router, const ApiPointer& api, Method method, std::string_view pattern,
                       AccountHandler handler);

// The application that asks.
ids::ObjectId application_of(const Request& request);

// The parts of the API, each in a file of its own.
void add_message_routes(Router& router, const ApiPointer& api);
void add_thread_routes(Router& router, const ApiPointer& api);
void add_action_routes(Router& router, const ApiPointer& api);
void add_folder_routes(Router& router, const ApiPointer& api);
void add_draft_routes(Router& router, const ApiPointer& api);
void add_attachment_routes(Router& router, const ApiPointer& api);
void add_upload_routes(Router& router, const ApiPointer& api);
void add_grant_routes(Router& router, const ApiPointer& api);
void add_connect_routes(Router& router, const ApiPointer& api);
void add_absent_routes(Router& router, const ApiPointer& api);

}  // namespace hermod::server
