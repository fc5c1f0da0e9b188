#include "server/http/dispatcher.hpp"

#include <typeinfo>

#include "core/ids/object_id.hpp"
#include "server/failure.hpp"
#include "server/log/log.hpp"

namespace hermod::server {
namespace {

// Only the type: the text of an exception may quote data.
Error thrown(const Request& request, std::string_view pattern, const char* type) {
  log::error("http.handler_threw", {{"request_id", request.id}, {"route", pattern}, {"type", type}});
  return failure(ErrorKind::internal, {});
}

Result<Reply> call(const Route& route, Request& request) {
  try {
    return route.handler(request);
  } catch (const std::exception& exception) {
    return thrown(request, route.pattern, typeid(exception).name());
  } catch (...) {
    return thrown(request, route.pattern, "unknown");
  }
}

}  // namespace

Dispatcher::Dispatcher(const Router& router, Options options, Metrics& metrics)
    : router_(router),
      authenticate_(std::move(options.authenticate)),
      key_limit_(options.requests_per_second_key),
      grant_limit_(options.requests_per_second_grant),
      metrics_(metrics) {
  metrics_.gauge_from("hermod_http_requests_in_flight", "Requests being served.",
                      [this] { return static_cast<double>(in_flight()); });
}

Reply Dispatcher::dispatch(std::string_view method, std::string_view target, Request& request) {
  const auto began = std::chrono::steady_clock::now();
  request.id = ids::to_public(ids::new_object_id());
  std::string_view pattern = "none";
  auto result = route(method, target, request, pattern);
  if (!result && result.error().kind == ErrorKind::internal && !result.error().detail.empty()) {
    log::error("http.failed",
               {{"request_id", request.id}, {"route", pattern}, {"detail", result.error().detail}});
  }
  Reply reply = result ? *std::move(result) : error_reply(request.id, result.error());
  reply.headers.emplace_back("X-Request-Id", request.id);
  record(pattern, method, reply.status,
         std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(), request);
  return reply;
}

Result<Reply> Dispatcher::route(std::string_view method, std::string_view target, Request& request,
                                std::string_view& pattern) {
  auto segments = split_path(target);
  if (!segments) return std::move(segments).error();
  auto query = Query::parse(target);
  if (!query) return std::move(query).error();
  request.segments = *std::move(segments);
  request.query = *std::move(query);

  const auto known = parse_method(method);
  Router::Match match = router_.find(known.value_or(Method::get), request.segments);
  if (match.allow.empty()) {
    return failure(ErrorKind::not_found, "there is nothing under this path",
                   "check the spelling: the paths are those of the Nylas API v3");
  }
  if (method == "OPTIONS") {
    return Reply{.status = 200, .headers = {{"Allow", Router::allow_header(match)}}, .body = "{}"};
  }
  if (!known || match.route == nullptr) {
    Reply reply =
        error_reply(request.id, 405, "api.method_not_allowed", "this path does not know this method");
    reply.headers.emplace_back("Allow", Router::allow_header(match));
    return reply;
  }
  pattern = match.route->pattern;
  request.method = *known;
  request.path = std::move(match.path);
  if (match.route->access == Access::key) {
    if (auto admitted = admit(request); !admitted) return std::move(admitted).error();
  }
  return call(*match.route, request);
}

Status Dispatcher::admit(Request& request) {
  auto principal = authenticate_(request);
  if (!principal) return std::move(principal).error();
  request.principal = *std::move(principal);
  const Principal& who = request.principal;
  if (auto status = key_limit_.admit(who.key_id.empty() ? who.grant_id.value_or("") : who.key_id); !status) {
    return status;
  }
  const auto grant = request.path.find("grant");
  return grant == request.path.end() ? ok() : grant_limit_.admit(who.application_id + "/" + grant->second);
}

void Dispatcher::record(std::string_view pattern, std::string_view method, int status, double seconds,
                        const Request& request) {
  const std::string status_text = std::to_string(status);
  const std::string_view known =
      method == "HEAD" || method == "OPTIONS" || parse_method(method) ? method : "other";
  metrics_
      .counter("hermod_http_requests_total", "Requests answered.",
               {{"method", known}, {"route", pattern}, {"status", status_text}})
      .add();
  metrics_
      .histogram("hermod_http_request_seconds", "Time to answer, without sending the body.",
                 {{"route", pattern}})
      .observe(seconds);
  log::debug("http.request", {{"request_id", request.id},
                              {"method", known},
                              {"route", pattern},
                              {"status", status},
                              {"milliseconds", seconds * 1000}});
}

}  // namespace hermod::server
