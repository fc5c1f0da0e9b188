#include "core/host/http_exchange.hpp"

#include <algorithm>

#include <sys/socket.h>

#include "core/host/address_class.hpp"
#include "core/host/http_url.hpp"
#include "core/host/tls.hpp"

namespace hermod::host {
namespace {

Error http_error(ErrorKind kind, Retry retry, const char* message, std::string detail = {}) {
  return {kind, ErrorScope::account, retry, message, std::move(detail), {}, {}};
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

long milliseconds(Duration duration) {
  const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return static_cast<long>(std::clamp<long long>(count, 1, 1'000'000'000));
}

}  // namespace

HttpExchange::HttpExchange(HttpRequest request, const EgressPolicy& policy, ResolvedAddresses addresses)
    : request_(std::move(request)), policy_(policy), addresses_(std::move(addresses)) {}

// --- the caller's strand

Task<Status> HttpExchange::wait_headers() {
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (headers_ready_) co_return ok();
      if (failure_) co_return *failure_;
      if (finished_) co_return http_error(ErrorKind::unavailable, Retry::after(), "no response came");
    }
    if (Status woken = co_await changed_.wait(); !woken) co_return woken;
  }
}

Task<Result<std::string>> HttpExchange::take(bool& drained) {
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (!body_.empty()) {
        drained = std::exchange(paused_, false);
        co_return std::exchange(body_, {});
      }
      if (failure_) co_return *failure_;
      if (finished_) co_return std::string();
    }
    if (Status woken = co_await changed_.wait(); !woken) co_return std::move(woken).error();
  }
}

// --- curl's strand

CURL* HttpExchange::prepare() {
  easy_.reset(::curl_easy_init());
  if (easy_) set_options(easy_.get());
  return easy_.get();
}

void HttpExchange::append(List& list, const std::string& line) {
  curl_slist* longer = ::curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)list.release();
  list.reset(longer);
}

// "+HOST:PORT:ADDRESS,ADDRESS": curl keeps it as if it had looked it up.
void HttpExchange::set_addresses(CURL* easy) {
  HttpUrl url;
  if (!url.set(request_.url) || url.host().find(':') != std::string::npos) return;  // an address as it is
  std::string line = '+' + url.host() + ':' + url.port() + ':';
  for (const ResolvedAddress& address : addresses_) {
    const bool is_v6 = address.storage.ss_family == AF_INET6;
    line += (line.back() == ':' ? "" : ",") + (is_v6 ? '[' + address.text() + ']' : address.text());
  }
  append(resolved_, line);
  ::curl_easy_setopt(easy, CURLOPT_RESOLVE, resolved_.get());
}

void HttpExchange::set_trust(CURL* easy) {
  ::curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (request_.authority_pem.empty()) return;
  curl_blob blob{const_cast<char*>(request_.authority_pem.data()), request_.authority_pem.size(),
                 CURL_BLOB_NOCOPY};
  ::curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
  ::curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);  // or the system's folder would be trusted beside it
}

void HttpExchange::set_body(CURL* easy) {
  const bool has_body = !request_.body.empty() || request_.method == "POST" || request_.method == "PUT" ||
                        request_.method == "PATCH";
  bool names_type = false;
  for (const HttpHeader& header : request_.headers) {
    names_type = names_type || ::curl_strequal(header.name.c_str(), "Content-Type") != 0;
    append(sent_headers_, header.name + (header.value.empty() ? ";" : ": " + header.value));
  }
  if (has_body) {
    ::curl_easy_setopt(easy, CURLOPT_POST, 1L);
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.data());
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    if (!names_type) append(sent_headers_, "Content-Type:");  // curl would make one up
    append(sent_headers_, "Expect:");
  }
  if (request_.method == "HEAD") {
    ::curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else {
    ::curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
  ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, sent_headers_.get());
}

void HttpExchange::set_options(CURL* easy) {
  const char* schemes = policy_.plain_http == PlainHttp::allowed ? "https,http" : "https";
  ::curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  ::curl_easy_setopt(easy, CURLOPT_URL, request_.url.c_str());
  ::curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, schemes);
  ::curl_easy_setopt(easy, CURLOPT_PROXY, "");  // not the environment's: it would lead around the policy
  ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail_);
  ::curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  ::curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
  ::curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");  // all that curl can decode
  ::curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds(request_.timeout));
  ::curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     milliseconds(std::min(request_.timeout, policy_.connect_timeout_max)));
  ::curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set_addresses(easy);
  set_trust(easy);
  set_body(easy);

  ::curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  ::curl_easy_setopt(
      easy, CURLOPT_HEADERFUNCTION, +[](char* data, std::size_t, std::size_t size, void* self) {
        return static_cast<HttpExchange*>(self)->on_header({data, size});
      });
  ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  ::curl_easy_setopt(
      easy, CURLOPT_WRITEFUNCTION, +[](char* data, std::size_t, std::size_t size, void* self) {
        return static_cast<HttpExchange*>(self)->on_body({data, size});
      });
  ::curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  ::curl_easy_setopt(
      easy, CURLOPT_OPENSOCKETFUNCTION, +[](void* self, curlsocktype, curl_sockaddr* address) {
        return static_cast<HttpExchange*>(self)->on_socket(*address);
      });
}

// The policy looks at the very address that is connected to.
curl_socket_t HttpExchange::on_socket(const curl_sockaddr& address) noexcept {
  if (policy_.private_hosts == PrivateHosts::refused && !is_public_address(address.addr)) {
    own_failure_ = private_address_error();
    return CURL_SOCKET_BAD;
  }
  return ::socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
}

std::size_t HttpExchange::on_header(std::string_view line) noexcept {
  header_bytes_ += line.size();
  if (header_bytes_ > header_bytes_max || headers_.size() >= headers_max) {
    own_failure_ = http_error(ErrorKind::limit, Retry::after(), "the response's headers are too long");
    return 0;
  }
  if (headers_ready_) return line.size();  // a trailer: written here alone, so read without the lock
  const std::string_view text = trim(line);
  if (text.starts_with("HTTP/")) {
    headers_.clear();  // of an interim response
  } else if (text.empty()) {
    long code = 0;
    ::curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &code);
    if (code >= 200) {
      status_ = static_cast<int>(code);
      publish_headers();
    }
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    headers_.push_back({std::string(trim(text.substr(0, colon))), std::string(trim(text.substr(colon + 1)))});
  }
  return line.size();
}

void HttpExchange::publish_headers() {
  {
    std::lock_guard lock(mutex_);
    headers_ready_ = true;
  }
  changed_.notify();
}

std::size_t HttpExchange::on_body(std::string_view bytes) noexcept {
  if (bytes.size() > request_.response_bytes_max - std::min(body_bytes_, request_.response_bytes_max)) {
    own_failure_ = http_error(ErrorKind::limit, Retry::never(), "the response is too large");
    return 0;
  }
  {
    std::lock_guard lock(mutex_);
    if (!body_.empty() && body_.size() + bytes.size() > buffered_bytes_max) {
      paused_ = true;
      return CURL_WRITEFUNC_PAUSE;  // the same bytes come again
    }
    body_.append(bytes);
  }
  body_bytes_ += bytes.size();
  changed_.notify();
  return bytes.size();
}

void HttpExchange::resume() {
  if (easy_) ::curl_easy_pause(easy_.get(), CURLPAUSE_CONT);
}

void HttpExchange::finish(CURLcode code) {
  if (code == CURLE_OK) {
    easy_.reset();
    {
      std::lock_guard lock(mutex_);
      finished_ = true;
    }
    changed_.notify();
  } else {
    finish(own_failure_ ? *own_failure_ : error_of(code));
  }
}

void HttpExchange::finish(Error error) {
  easy_.reset();
  {
    std::lock_guard lock(mutex_);
    finished_ = true;
    failure_ = std::move(error);
  }
  changed_.notify();
}

Error HttpExchange::error_of(CURLcode code) const {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return http_error(ErrorKind::timeout, Retry::after(), "the server took too long");
    case CURLE_COULDNT_RESOLVE_HOST:
      return http_error(ErrorKind::unavailable, Retry::after(), "could not look up the server's name");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return untrusted_certificate(detail_);
    case CURLE_SSL_CONNECT_ERROR:
      return http_error(ErrorKind::unavailable, Retry::after(), "the TLS connection failed", detail_);
    case CURLE_SSL_CACERT_BADFILE:
      return http_error(ErrorKind::invalid_argument, Retry::after_user_action(),
                        "the given authority is not a list of PEM certificates");
    case CURLE_URL_MALFORMAT:
      return http_error(ErrorKind::invalid_argument, Retry::never(), "the URL cannot be used",
                        ::curl_easy_strerror(code));
    case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9; other schemes were refused before
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return http_error(ErrorKind::invalid_data, Retry::after(), "the response cannot be understood",
                        ::curl_easy_strerror(code));
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return http_error(ErrorKind::internal, Retry::after(), "the HTTP client failed",
                        ::curl_easy_strerror(code));
    default:
      return http_error(ErrorKind::unavailable, Retry::after(), "the HTTP request failed",
                        ::curl_easy_strerror(code));
  }
}

}  // namespace hermod::host
