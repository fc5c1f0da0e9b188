#include "server/http/probes.hpp"

#include <algorithm>

#include "server/failure.hpp"

namespace hermod::server {
namespace {

Reply readiness_reply(const Request& request, const std::vector<Readiness::Dependency>& dependencies) {
  const bool ready =
      std::ranges::all_of(dependencies, [](const auto& each) { return each.status.has_value(); });
  JsonWriter writer;
  writer.begin_object().member("request_id", request.id).member("status", ready ? "ready" : "not_ready");
  writer.key("dependencies").begin_array();
  for (const auto& [name, status] : dependencies) {
    writer.begin_object().member("name", name).member("status", status ? "up" : "down");
    if (!status) writer.member("message", status.error().message).member("hint", status.error().hint);
    writer.end_object();
  }
  writer.end_array().end_object();
  return Reply{.status = ready ? 200 : 503, .body = writer.text()};
}

}  // namespace

void Readiness::stopping() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
}

std::vector<Readiness::Dependency> Readiness::check() {
  const std::lock_guard lock(mutex_);
  if (stopping_) return {{"server", failure(ErrorKind::unavailable, "the server is stopping")}};
  const auto now = std::chrono::steady_clock::now();
  if (!last_.empty() && now - checked_ < fresh) return last_;
  last_.clear();
  for (const auto& [name, run] : checks_) last_.push_back({name, run()});
  checked_ = std::chrono::steady_clock::now();
  return last_;
}

void add_probes(Router& router, Readiness& readiness, const Metrics& metrics, Access metrics_access) {
  router.add(Method::get, "/healthz", Access::open, [](Request& request) -> Result<Reply> {
    return Reply{.body = JsonWriter()
                             .begin_object()
                             .member("request_id", request.id)
                             .member("status", "up")
                             .end_object()
                             .text()};
  });
  router.add(Method::get, "/readyz", Access::open, [&readiness](Request& request) -> Result<Reply> {
    return readiness_reply(request, readiness.check());
  });
  router.add(Method::get, "/metrics", metrics_access, [&metrics](Request&) -> Result<Reply> {
    return Reply{.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics.text()};
  });
}

}  // namespace hermod::server
