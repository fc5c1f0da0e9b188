#include "core/host/egress_http.hpp"

#include <algorithm>
#include <cstdlib>

#include <hermod/race.hpp>

#include "core/host/http_redirect.hpp"
#include "core/host/http_url.hpp"

namespace hermod::host {
namespace {

class EgressResponse final : public HttpResponse {
 public:
  EgressResponse(std::shared_ptr<CurlEngine> engine, std::shared_ptr<HttpExchange> exchange) noexcept
      : engine_(std::move(engine)), exchange_(std::move(exchange)) {}
  ~EgressResponse() override { engine_->abort(exchange_); }

  int status() const noexcept override { return exchange_->status(); }
  const std::vector<HttpHeader>& headers() const noexcept override { return exchange_->headers(); }

  Task<Result<std::string>> read() override {
    bool drained = false;
    Result<std::string> bytes = co_await exchange_->take(drained);
    if (drained) engine_->resume(exchange_);
    co_return bytes;
  }
  Task<Result<std::string>> read_all() override {
    std::string all;
    for (;;) {
      Result<std::string> bytes = co_await read();
      if (!bytes) co_return bytes;
      if (bytes->empty()) co_return std::move(all);
      all += *bytes;
    }
  }
  Task<Status> wait_headers() { return exchange_->wait_headers(); }

 private:
  std::shared_ptr<CurlEngine> engine_;
  std::shared_ptr<HttpExchange> exchange_;
};

}  // namespace

Task<Result<std::unique_ptr<HttpResponse>>> EgressHttp::request(HttpRequest request) {
  if (Status checked = check_request(request, policy_->plain_http); !checked)
    co_return std::move(checked).error();
  Context& context = co_await current_context();
  const TimePoint end = later(context.strand().now(), request.timeout);
  for (int redirects = 0;; ++redirects) {
    auto response = co_await request_once(request);
    if (!response || request.redirects == HttpRedirects::refuse || redirects >= redirects_max)
      co_return response;
    std::optional<HttpRequest> next = redirected(request, (*response)->status(), (*response)->headers());
    if (!next) co_return response;
    request = *std::move(next);
    request.timeout = end - context.strand().now();
  }
}

Task<Result<std::unique_ptr<HttpResponse>>> EgressHttp::request_once(HttpRequest request) {
  Context& context = co_await current_context();
  if (context.cancelled()) co_return context.cancel_error();
  HttpUrl url;
  (void)url.set(request.url);  // checked before
  const auto port = static_cast<std::uint16_t>(std::strtoul(url.port().c_str(), nullptr, 10));
  auto addresses = co_await with_deadline(resolver_->resolve(url.host(), port),
                                          std::min(request.timeout, policy_->connect_timeout_max));
  if (!addresses) co_return std::move(addresses).error();
  auto exchange = std::make_shared<HttpExchange>(std::move(request), *policy_, *std::move(addresses));
  auto response = std::make_unique<EgressResponse>(engine_, exchange);
  engine_->start(exchange);
  if (Status got = co_await response->wait_headers(); !got) co_return std::move(got).error();
  co_return std::move(response);
}

}  // namespace hermod::host
