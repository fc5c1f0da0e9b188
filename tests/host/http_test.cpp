// The host's HTTP client against a real server, and against one that misbehaves.
#include <algorithm>
#include <cstdlib>

#include <hermod/race.hpp>

#include "core/host/egress_http.hpp"
#include "host/host_fixture.hpp"
#include "host/script_server.hpp"
#include "host/web_server.hpp"

namespace hermod::test {
namespace {

using ResponseResult = Result<std::unique_ptr<HttpResponse>>;
constexpr Duration for_ever = std::chrono::hours(1);

struct Fetched {
  int status = 0;
  std::vector<HttpHeader> headers;
  std::string body;
};

Task<Result<Fetched>> fetch(Http* http, HttpRequest request) {
  ResponseResult response = co_await http->request(std::move(request));
  if (!response) co_return std::move(response).error();
  auto body = co_await (*response)->read_all();
  if (!body) co_return std::move(body).error();
  co_return Fetched{(*response)->status(), (*response)->headers(), *std::move(body)};
}

class HttpTest : public HostTest {
 protected:
  Result<Fetched> get(HttpRequest request) { return run(fetch(&egress.http(), std::move(request))); }
  Result<Fetched> get(std::string url) {
    HttpRequest request;
    request.url = std::move(url);
    return get(std::move(request));
  }
  ErrorKind failure_of(HttpRequest request) {
    const auto fetched = get(std::move(request));
    EXPECT_FALSE(fetched.has_value());
    return fetched ? ErrorKind::internal : fetched.error().kind;
  }
  ErrorKind failure_of(std::string url) {
    HttpRequest request;
    request.url = std::move(url);
    return failure_of(std::move(request));
  }
  WebServer web;
};

std::string header_of(const Fetched& fetched, std::string_view name) {
  const auto found = std::find_if(fetched.headers.begin(), fetched.headers.end(),
                                  [&](const auto& h) { return h.name == name; });
  return found != fetched.headers.end() ? found->value : "";
}

TEST_F(HttpTest, response_has_status_headers_and_body) {
  auto fetched = get(web.url("/hello"));
  ASSERT_TRUE(fetched) << fetched.error().message << fetched.error().detail;
  EXPECT_EQ(fetched->status, 200);
  EXPECT_EQ(header_of(*fetched, "X-Test"), "yes");
  EXPECT_EQ(fetched->body, "hello");
}

// A plugin reads much from a 404 or a 429; the request itself went well.
TEST_F(HttpTest, error_status_is_a_response) {
  for (const int status : {404, 429, 503}) {
    auto fetched = get(web.url("/status?" + std::to_string(status)));
    ASSERT_TRUE(fetched);
    EXPECT_EQ(fetched->status, status);
    EXPECT_EQ(fetched->body, "status");
  }
}

// The method, the body and the content type go out as they are given; none is made up.
TEST_F(HttpTest, request_goes_out_as_it_is_given) {
  struct {
    const char* method;
    std::string body;
    std::vector<HttpHeader> headers;
    const char* echoed;
  } cases[] = {
      {"GET", "", {}, "GET||-|"},
      {"POST", "data", {}, "POST||-|data"},
      {"POST", "{}", {{"Content-Type", "application/json"}}, "POST|application/json|-|{}"},
      {"POST", "", {}, "POST||-|"},
      {"PROPFIND", "<x/>", {{"content-type", "text/xml"}, {"X-Test", "1"}}, "PROPFIND|text/xml|1|<x/>"},
      {"DELETE", "", {}, "DELETE||-|"},
      {"PATCH", std::string("a\0b", 3), {}, "PATCH||-|a"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.method);
    HttpRequest request;
    request.method = one.method;
    request.url = web.url("/echo");
    request.body = one.body;
    request.headers = one.headers;
    auto fetched = get(request);
    ASSERT_TRUE(fetched) << fetched.error().message << fetched.error().detail;
    std::string echoed = fetched->body;
    EXPECT_EQ(echoed.substr(0, echoed.find('\0')), one.echoed);
  }
}

TEST_F(HttpTest, head_has_no_body) {
  HttpRequest request;
  request.method = "HEAD";
  request.url = web.url("/hello");
  auto fetched = get(request);
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->status, 200);
  EXPECT_EQ(fetched->body, "");
}

Task<Result<std::size_t>> read_in_pieces(Http* http, HttpRequest request, std::size_t* largest) {
  ResponseResult response = co_await http->request(std::move(request));
  if (!response) co_return std::move(response).error();
  std::size_t at = 0;
  for (;;) {
    auto bytes = co_await (*response)->read();
    if (!bytes) co_return std::move(bytes).error();
    if (bytes->empty()) co_return at;
    *largest = std::max(*largest, bytes->size());
    for (const char byte : *bytes) {
      if (byte != many_byte(at++))
        co_return Error{ErrorKind::invalid_data, {}, {}, "a byte is wrong", {}, {}, {}};
    }
    (void)co_await host::sleep_for(Duration::zero());  // lets the server run ahead
  }
}

// A body of any size takes bounded memory: the transfer pauses while nobody reads, and goes on intact.
TEST_F(HttpTest, body_is_streamed_with_back_pressure) {
  constexpr std::size_t size = 8'000'000;
  for (const char* page : {"/many?", "/zipped?"}) {
    HttpRequest request;
    request.url = web.url(page + std::to_string(size));
    std::size_t largest = 0;
    auto read = run(read_in_pieces(&egress.http(), request, &largest));
    ASSERT_TRUE(read) << page << read.error().message << read.error().detail;
    EXPECT_EQ(*read, size);
    EXPECT_LE(largest, host::HttpExchange::buffered_bytes_max) << page;
  }
}

// What a server sends beyond what was asked for is not taken in, also when it is small on the wire.
TEST_F(HttpTest, larger_response_than_allowed_is_a_limit) {
  for (const char* page : {"/many?", "/zipped?"}) {
    HttpRequest request;
    request.response_bytes_max = 100'000;
    request.url = web.url(page + std::string("100001"));
    EXPECT_EQ(failure_of(request), ErrorKind::limit) << page;
    request.url = web.url(page + std::string("100000"));
    auto fetched = get(request);
    ASSERT_TRUE(fetched);
    EXPECT_EQ(fetched->body.size(), 100'000u);
  }
}

// Neither a server that says nothing nor one that stops in the middle may hold an account.
TEST_F(HttpTest, server_that_hangs_is_a_timeout) {
  for (const char* page : {"/silent", "/hang"}) {
    HttpRequest request;
    request.url = web.url(page);
    request.timeout = std::chrono::milliseconds(100);
    EXPECT_EQ(failure_of(request), ErrorKind::timeout) << page;
  }
}

// A cancelled request leaves nothing running and the client as good as before.
TEST_F(HttpTest, cancelled_request_ends_at_once) {
  for (const char* page : {"/silent", "/hang"}) {
    HttpRequest request;
    request.url = web.url(page);
    request.timeout = for_ever;
    auto root =
        host::Root<Result<Fetched>>::start(runtime, runtime.make_strand(), fetch(&egress.http(), request));
    while (web.requests() == 0) std::this_thread::yield();
    root.cancel();
    EXPECT_EQ(root.wait().error().kind, ErrorKind::cancelled) << page;
  }
  EXPECT_EQ(get(web.url("/hello"))->body, "hello");
}

Task<Result<int>> drop_response(Http* http, HttpRequest request) {
  ResponseResult response = co_await http->request(std::move(request));
  if (!response) co_return std::move(response).error();
  co_return (*response)->status();
}

// A plugin that has seen enough drops the response; the rest is not downloaded for ever.
TEST_F(HttpTest, response_may_be_dropped_early) {
  HttpRequest request;
  request.url = web.url("/many?50000000");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(*run(drop_response(&egress.http(), request)), 200);
  EXPECT_EQ(get(web.url("/hello"))->body, "hello");
}

TEST_F(HttpTest, redirect_is_not_followed_unless_asked) {
  auto fetched = get(web.url("/to?/hello"));
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->status, 302);
  EXPECT_EQ(header_of(*fetched, "Location"), "/hello");
  EXPECT_EQ(web.requests(), 1u);
}

TEST_F(HttpTest, redirect_on_the_same_host_is_followed_when_asked) {
  HttpRequest request;
  request.redirects = HttpRedirects::same_host;
  request.url = web.url("/to?/hello");
  EXPECT_EQ(get(request)->body, "hello");
  request.url = web.url("/to?" + web.url("/hello"));
  EXPECT_EQ(get(request)->body, "hello");
}

// The Authorization header must not reach whom a redirect names.
TEST_F(HttpTest, redirect_to_another_host_is_never_followed) {
  WebServer other;
  HttpRequest request;
  request.redirects = HttpRedirects::same_host;
  for (const std::string& target : {other.url("/hello"), std::string("https://127.0.0.1/"),
                                    std::string("//example.com/"), std::string("file:///etc/passwd")}) {
    request.url = web.url("/to?" + target);
    auto fetched = get(request);
    ASSERT_TRUE(fetched) << target;
    EXPECT_EQ(fetched->status, 302) << target;
  }
  EXPECT_EQ(other.requests(), 0u);
}

// RFC 9110 §15.4: 302 makes a POST a GET, 307 keeps it.
TEST_F(HttpTest, redirect_keeps_the_method_where_it_must) {
  HttpRequest request;
  request.redirects = HttpRedirects::same_host;
  request.method = "POST";
  request.body = "data";
  request.headers = {{"Content-Type", "text/plain"}, {"X-Test", "1"}};
  request.url = web.url("/to?/echo");
  EXPECT_EQ(get(request)->body, "GET||1|");
  request.url = web.url("/to307?/echo");
  EXPECT_EQ(get(request)->body, "POST|text/plain|1|data");
}

TEST_F(HttpTest, endless_redirects_end) {
  HttpRequest request;
  request.redirects = HttpRedirects::same_host;
  request.url = web.url("/loop");
  auto fetched = get(request);
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->status, 302);
  EXPECT_EQ(web.requests(), 1u + host::EgressHttp::redirects_max);
}

// Nothing may slip into the request's head, and no other scheme than HTTP be spoken.
TEST_F(HttpTest, request_that_makes_no_sense_is_an_invalid_argument) {
  for (const char* url : {"", "no url", "ftp://127.0.0.1/", "file:///etc/passwd",
                          "http://user:word@127.0.0.1/", "http://", "gopher://127.0.0.1/"}) {
    EXPECT_EQ(failure_of(std::string(url)), ErrorKind::invalid_argument) << url;
  }
  const HttpHeader bad_headers[] = {
      {"X-Test", "a\r\nX-Other: b"}, {"X:Test", "a"}, {"", "a"}, {"X Test", "a"}};
  for (const HttpHeader& header : bad_headers) {
    HttpRequest request;
    request.url = web.url("/echo");
    request.headers = {header};
    EXPECT_EQ(failure_of(request), ErrorKind::invalid_argument) << header.name;
  }
  HttpRequest method;
  method.url = web.url("/echo");
  method.method = "GET /x HTTP/1.1\r\nX: ";
  EXPECT_EQ(failure_of(method), ErrorKind::invalid_argument);
  EXPECT_EQ(web.requests(), 0u);
}

// The same policy as for streams, by name and by address, in every spelling that a URL parser takes.
TEST_F(HttpTest, private_addresses_are_refused) {
  host::EgressPolicy policy;
  policy.plain_http = host::PlainHttp::allowed;
  host::Egress strict(runtime, policy);
  const std::string port = web.url("").substr(web.url("").rfind(':'));
  for (const char* name :
       {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "10.0.0.1"}) {
    HttpRequest request;
    request.url = std::string("http://") + name + port + "/hello";
    auto fetched = run(fetch(&strict.http(), request));
    ASSERT_FALSE(fetched) << name;
    EXPECT_EQ(fetched.error().kind, ErrorKind::denied) << name;
  }
  EXPECT_EQ(web.requests(), 0u);
}

TEST_F(HttpTest, plain_http_is_refused_unless_allowed) {
  host::EgressPolicy policy;
  policy.private_hosts = host::PrivateHosts::allowed;
  host::Egress strict(runtime, policy);
  HttpRequest request;
  request.url = web.url("/hello");
  EXPECT_EQ(run(fetch(&strict.http(), request)).error().kind, ErrorKind::invalid_argument);
  EXPECT_EQ(web.requests(), 0u);
}

// A proxy of the environment would lead around the policy.
TEST_F(HttpTest, proxy_of_the_environment_is_ignored) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("all_proxy", "http://127.0.0.1:1", 1);
  auto fetched = get(web.url("/hello"));
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->body, "hello");
}

// A new connection for each request would cost a handshake each.
TEST_F(HttpTest, connection_is_kept_alive) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(get(web.url("/hello"))->body, "hello");
  EXPECT_EQ(web.requests(), 5u);
  EXPECT_EQ(web.connections(), 1u);
}

Task<Result<std::size_t>> fetch_many(Http* http, std::string url, std::size_t count) {
  std::vector<Task<Result<Fetched>>> tasks;
  HttpRequest request;
  request.url = std::move(url);
  for (std::size_t i = 0; i < count; ++i) tasks.push_back(fetch(http, request));
  auto all = co_await when_all(std::move(tasks));
  if (!all) co_return std::move(all).error();
  co_return static_cast<std::size_t>(std::count_if(
      all->begin(), all->end(), [](const auto& fetched) { return fetched && fetched->body == "hello"; }));
}

// More requests than connections to one host are allowed: they wait for each other, and all come through.
TEST_F(HttpTest, requests_share_bounded_connections) {
  EXPECT_EQ(*run(fetch_many(&egress.http(), web.url("/hello"), 100)), 100u);
  EXPECT_LE(web.connections(), egress.policy().http_connections_per_host_max);
}

TEST_F(HttpTest, certificate_is_verified) {
  const Authority authority;
  const Authority stranger;
  WebServer good(authority.issue("IP:127.0.0.1"));
  WebServer wrong_name(authority.issue("DNS:other.example"));
  WebServer expired(authority.issue("IP:127.0.0.1", Validity::expired));
  HttpRequest request;
  request.url = good.url("/hello");
  request.authority_pem = authority.pem();
  auto fetched = get(request);
  ASSERT_TRUE(fetched) << fetched.error().message << fetched.error().detail;
  EXPECT_EQ(fetched->body, "hello");

  request.authority_pem = stranger.pem();
  EXPECT_EQ(failure_of(request), ErrorKind::denied)
      << "a connection that another authority vouched for is not reused";
  request.authority_pem.clear();
  EXPECT_EQ(failure_of(request), ErrorKind::denied);
  request.authority_pem = authority.pem();
  request.url = wrong_name.url("/hello");
  EXPECT_EQ(failure_of(request), ErrorKind::denied);
  request.url = expired.url("/hello");
  EXPECT_EQ(failure_of(request), ErrorKind::denied);
  request.url = good.url("/hello");
  request.authority_pem = "nonsense";
  EXPECT_EQ(failure_of(request), ErrorKind::invalid_argument);
}

// --- a server that misbehaves

class BadServerTest : public HttpTest {
 protected:
  Result<Fetched> answer_with(std::string bytes, bool whole_request = true) {
    ScriptServer server(authority.issue("IP:127.0.0.1"), [bytes, whole_request](Peer& peer) {
      if (whole_request) peer.receive();
      peer.send(bytes);
      peer.close_abruptly();
      while (!peer.receive().empty()) {
      }
    });
    return get("http://127.0.0.1:" + std::to_string(server.port()) + "/");
  }
  const Authority authority;
};

TEST_F(BadServerTest, interim_responses_are_passed_over) {
  auto fetched = answer_with(
      "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 200 OK\r\nX-Test: 1\r\nContent-Length: "
      "2\r\n\r\nok");
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->status, 200);
  EXPECT_EQ(header_of(*fetched, "Link"), "");
  EXPECT_EQ(header_of(*fetched, "X-Test"), "1");
  EXPECT_EQ(fetched->body, "ok");
}

TEST_F(BadServerTest, body_that_is_cut_off_is_an_error) {
  auto fetched = answer_with("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().kind, ErrorKind::unavailable);
}

TEST_F(BadServerTest, garbage_is_invalid_data_or_a_lost_connection) {
  for (const char* bytes : {"NOT HTTP AT ALL\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "\x16\x03\x01\x02\x00", ""}) {
    auto fetched = answer_with(bytes);
    ASSERT_FALSE(fetched) << bytes;
    EXPECT_TRUE(fetched.error().kind == ErrorKind::invalid_data ||
                fetched.error().kind == ErrorKind::unavailable)
        << bytes;
  }
}

TEST_F(BadServerTest, endless_headers_are_a_limit) {
  std::string bytes = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 2000; ++i) bytes += "X-" + std::to_string(i) + ": y\r\n";
  auto fetched = answer_with(bytes + "\r\n");
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().kind, ErrorKind::limit);
}

}  // namespace
}  // namespace hermod::test
