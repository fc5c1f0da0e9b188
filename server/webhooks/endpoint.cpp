#include "server/webhooks/endpoint.hpp"

#include <array>
#include <hermod/http.hpp>

#include "core/host/http_redirect.hpp"
#include "core/host/root.hpp"
#include "core/ids/random.hpp"
#include "core/ids/text_encoding.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr std::size_t challenge_bytes = 16;
constexpr std::size_t answer_bytes_max = 64 << 10;

struct Answer {
  int status = 0;
  std::string body;
};

Task<Result<Answer>> get(Http* http, std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  request.timeout = challenge_limit;
  request.response_bytes_max = answer_bytes_max;
  auto response = co_await http->request(std::move(request));
  if (!response) co_return std::move(response).error();
  auto body = co_await (*response)->read_all();
  if (!body) co_return std::move(body).error();
  co_return Answer{(*response)->status(), std::move(*body)};
}

Error refused(std::string message) {
  return failure(
      ErrorKind::invalid_argument, std::move(message),
      "the address must answer GET ?challenge=X with status 200 and the value X alone, within 10 seconds");
}

}  // namespace

Status check_endpoint(const std::string& url, host::PlainHttp plain_http) {
  HttpRequest request;
  request.url = url;
  if (Status checked = host::check_request(request, plain_http); !checked) {
    return failure(ErrorKind::invalid_argument, "`webhook_url`: " + checked.error().message,
                   plain_http == host::PlainHttp::refused ? "it must begin with https://" : "");
  }
  if (url.find('#') != std::string::npos)
    return failure(ErrorKind::invalid_argument, "`webhook_url`: the URL has a fragment");
  return ok();
}

Status HttpChallenger::challenge(const std::string& url) {
  std::array<std::uint8_t, challenge_bytes> random;
  ids::fill_random(random);
  const std::string value = ids::hex_encode({reinterpret_cast<const char*>(random.data()), random.size()});
  const char separator = url.find('?') == std::string::npos ? '?' : '&';
  auto answer =
      host::run_blocking(runtime_, runtime_.make_strand(),
                         get(&egress_.http(), url + separator + "challenge=" + value), challenge_limit);
  if (!answer) return refused("the challenge was not answered: " + answer.error().message);
  if (answer->status != 200)
    return refused("the challenge was answered with status " + std::to_string(answer->status));
  if (answer->body != value) return refused("the answer to the challenge is not its value");
  return ok();
}

}  // namespace hermod::server
