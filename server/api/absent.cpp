// What the contract names and this server does not offer: 501 in the shape that the path's clients expect.
// Whoever builds one of these removes its line here.
#include "server/api/route_context.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

struct AbsentRoute {
  Method method;
  std::string_view pattern;
};

constexpr AbsentRoute of_a_grant[] = {
    {Method::post, "/messages/send"},
    {Method::get, "/messages/schedules"},
    {Method::get, "/messages/schedules/{schedule}"},
    {Method::del, "/messages/schedules/{schedule}"},
    {Method::put, "/messages/clean"},
    {Method::post, "/messages/smart-compose"},
    {Method::post, "/messages/{message}/smart-compose"},
    {Method::post, "/drafts/{draft}"},
    {Method::get, "/contacts"},
    {Method::post, "/contacts"},
    {Method::get, "/contacts/groups"},
    {Method::get, "/contacts/{contact}"},
    {Method::put, "/contacts/{contact}"},
    {Method::del, "/contacts/{contact}"},
    {Method::get, "/calendars"},
    {Method::post, "/calendars"},
    {Method::post, "/calendars/free-busy"},
    {Method::get, "/calendars/{calendar}"},
    {Method::put, "/calendars/{calendar}"},
    {Method::del, "/calendars/{calendar}"},
    {Method::get, "/events"},
    {Method::post, "/events"},
    {Method::get, "/events/import"},
    {Method::get, "/events/{event}"},
    {Method::put, "/events/{event}"},
    {Method::del, "/events/{event}"},
    {Method::post, "/events/{event}/send-rsvp"},
    {Method::get, "/scheduling/configurations"},
    {Method::post, "/scheduling/configurations"},
    {Method::get, "/scheduling/configurations/{configuration}"},
    {Method::put, "/scheduling/configurations/{configuration}"},
    {Method::del, "/scheduling/configurations/{configuration}"},
    {Method::get, "/notetakers"},
    {Method::post, "/notetakers"},
    {Method::get, "/notetakers/{notetaker}"},
    {Method::patch, "/notetakers/{notetaker}"},
    {Method::del, "/notetakers/{notetaker}/cancel"},
    {Method::post, "/notetakers/{notetaker}/leave"},
    {Method::get, "/notetakers/{notetaker}/media"},
    {Method::get, "/rule-evaluations"},
};

constexpr AbsentRoute of_the_application[] = {
    {Method::post, "/v3/calendars/availability"},
    {Method::get, "/v3/applications"},
    {Method::patch, "/v3/applications"},
    {Method::get, "/v3/applications/redirect-uris"},
    {Method::post, "/v3/applications/redirect-uris"},
    {Method::get, "/v3/applications/redirect-uris/{uri}"},
    {Method::patch, "/v3/applications/redirect-uris/{uri}"},
    {Method::del, "/v3/applications/redirect-uris/{uri}"},
    {Method::get, "/v3/connectors"},
    {Method::post, "/v3/connectors"},
    {Method::get, "/v3/connectors/{provider}"},
    {Method::put, "/v3/connectors/{provider}"},
    {Method::del, "/v3/connectors/{provider}"},
    {Method::get, "/v3/connectors/{provider}/creds"},
    {Method::post, "/v3/connectors/{provider}/creds"},
    {Method::get, "/v3/connectors/{provider}/creds/{credential}"},
    {Method::patch, "/v3/connectors/{provider}/creds/{credential}"},
    {Method::del, "/v3/connectors/{provider}/creds/{credential}"},
    {Method::get, "/v3/scheduling/bookings/{booking}"},
    {Method::post, "/v3/scheduling/bookings"},
    {Method::put, "/v3/scheduling/bookings/{booking}"},
    {Method::patch, "/v3/scheduling/bookings/{booking}"},
    {Method::del, "/v3/scheduling/bookings/{booking}"},
    {Method::post, "/v3/scheduling/sessions"},
    {Method::del, "/v3/scheduling/sessions/{session}"},
    {Method::get, "/v3/scheduling/availability"},
    {Method::get, "/v3/notetakers"},
    {Method::get, "/v3/policies"},
    {Method::post, "/v3/policies"},
    {Method::put, "/v3/policies/{policy}"},
    {Method::get, "/v3/rules"},
    {Method::get, "/v3/workspaces"},
    {Method::patch, "/v3/workspaces/{workspace}"},
    {Method::post, "/v3/workspaces/auto-group"},
    {Method::post, "/v3/workspaces/{workspace}/manual-assign"},
    {Method::get, "/v3/lists"},
    {Method::get, "/v3/lists/{list}/items"},
    {Method::post, "/v3/lists/{list}/items"},
    {Method::del, "/v3/lists/{list}/items"},
    {Method::post, "/v3/domains/{domain}/messages/send"},
};

// Called without an API key.
constexpr AbsentRoute open_to_all[] = {
    {Method::get, "/v3/connect/auth"},
    {Method::get, "/v3/connect/tokeninfo"},
};
constexpr AbsentRoute of_oauth[] = {
    {Method::post, "/v3/connect/token"},
    {Method::post, "/v3/connect/revoke"},
};

constexpr std::string_view absent_message = "this server does not offer this call";

Error absent() { return failure(ErrorKind::unsupported, std::string(absent_message)); }

Result<Reply> oauth_absent(Request& request) {
  return oauth_error_reply(request.id, 501, "unsupported_request", 501, absent_message);
}

}  // namespace

void add_absent_routes(Router& router, const ApiPointer& api) {
  for (const AbsentRoute& route : of_a_grant) {
    add_account_route(router, api, route.method, route.pattern,
                      [](Api&, Request&, const AccountScope&) -> Result<Reply> { return absent(); });
  }
  for (const AbsentRoute& route : of_the_application) {
    add_application_route(router, api, route.method, route.pattern,
                          [](Api&, Request&) -> Result<Reply> { return absent(); });
  }
  for (const AbsentRoute& route : open_to_all) {
    router.add(route.method, route.pattern, Access::open, [](Request&) -> Result<Reply> { return absent(); });
  }
  for (const AbsentRoute& route : of_oauth)
    router.add(route.method, route.pattern, Access::open, oauth_absent);
}

}  // namespace hermod::server
