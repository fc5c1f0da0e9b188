#include "server/http/http_server.hpp"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>

#include "server/failure.hpp"
#include "server/http/detached_client.hpp"
#include "temporary_directory.hpp"

namespace hermod::server {
namespace {

using Poco::Net::HTTPRequest;
using Poco::Net::HTTPResponse;
using testing::HasSubstr;

struct Answer {
  int status;
  std::string body;
  bool keep_alive;
  std::string request_id;
};

class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest() {
    router_.add(Method::post, "/echo", Access::open, [](Request& request) -> Result<Reply> {
      auto body = request.body.read_all(100);
      if (!body) return std::move(body).error();
      return Reply{.content_type = "text/plain", .body = *std::move(body)};
    });
    router_.add(Method::post, "/deaf", Access::open,
                [](Request& request) -> Result<Reply> { return empty_reply(request); });
    router_.add(Method::get, "/stream", Access::open, [](Request&) -> Result<Reply> {
      return Reply{.content_type = "text/plain", .stream = [](std::ostream& out) {
                     for (int i = 0; i < 3; ++i) out << "piece";
                     return ok();
                   }};
    });
    router_.add(Method::get, "/feed", Access::open, [](Request&) -> Result<Reply> {
      return Reply{.content_type = "text/event-stream",
                   .detach = [](DetachedClient client) { EXPECT_TRUE(client.write("data: 1\n\n")); }};
    });
  }

  void start(const std::filesystem::path& certificate = {}, const std::filesystem::path& key = {}) {
    auto server = HttpServer::start({{"127.0.0.1", 0}, certificate, key, 8}, dispatcher_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
  }

  static Answer send(Poco::Net::HTTPClientSession& session, const std::string& method,
                     const std::string& target, const std::string& body = {}, bool chunked = false) {
    HTTPRequest request(method, target, HTTPRequest::HTTP_1_1);
    if (chunked) {
      request.setChunkedTransferEncoding(true);
    } else if (!body.empty()) {
      request.setContentLength64(static_cast<Poco::Int64>(body.size()));
    }
    session.sendRequest(request) << body;
    HTTPResponse response;
    std::istream& stream = session.receiveResponse(response);
    std::string text(std::istreambuf_iterator<char>(stream), {});
    return {response.getStatus(), std::move(text), response.getKeepAlive(), response.get("X-Request-Id", "")};
  }

  Router router_;
  Metrics metrics_;
  Dispatcher dispatcher_{
      router_, {[](const Request&) -> Result<Principal> { return Principal{}; }, 100, 100}, metrics_};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, bodies_arrive_with_a_length_and_in_chunks) {
  start();
  Poco::Net::HTTPClientSession client("127.0.0.1", server_->port());
  client.setKeepAlive(true);
  EXPECT_EQ(send(client, "POST", "/echo", "hello").body, "hello");
  EXPECT_EQ(send(client, "POST", "/echo", "in chunks", true).body, "in chunks");
  EXPECT_EQ(send(client, "POST", "/echo").body, "");
}

TEST_F(HttpServerTest, too_large_a_body_is_413_with_a_length_and_in_chunks) {
  start();
  Poco::Net::HTTPClientSession client("127.0.0.1", server_->port());
  client.setKeepAlive(true);
  for (const bool chunked : {false, true}) {
    const Answer answer = send(client, "POST", "/echo", std::string(100'000, 'x'), chunked);
    EXPECT_EQ(answer.status, 413);
    EXPECT_THAT(answer.body, HasSubstr("api.limit_error"));
  }
  EXPECT_EQ(send(client, "POST", "/echo", std::string(100, 'x')).status, 200);
}

// Bytes that a handler did not read would be taken for the next request on the same connection.
TEST_F(HttpServerTest, an_unread_body_does_not_become_the_next_request) {
  start();
  Poco::Net::HTTPClientSession client("127.0.0.1", server_->port());
  client.setKeepAlive(true);
  for (int i = 0; i < 3; ++i) {
    const Answer answer = send(client, "POST", "/deaf", "GET /echo HTTP/1.1\r\n\r\n");
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, HasSubstr(answer.request_id));
  }
}

TEST_F(HttpServerTest, streams_are_chunked_and_head_has_no_body) {
  start();
  Poco::Net::HTTPClientSession client("127.0.0.1", server_->port());
  client.setKeepAlive(true);
  EXPECT_EQ(send(client, "GET", "/stream").body, "piecepiecepiece");
  for (const char* target : {"/stream", "/feed"}) EXPECT_EQ(send(client, "HEAD", target).body, "") << target;
  EXPECT_EQ(send(client, "GET", "/stream").body, "piecepiecepiece") << "what came before left nothing behind";
}

TEST_F(HttpServerTest, a_handler_can_take_the_connection_over) {
  start();
  Poco::Net::HTTPClientSession client("127.0.0.1", server_->port());
  const Answer answer = send(client, "GET", "/feed");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "data: 1\n\n");
}

TEST_F(HttpServerTest, an_address_in_use_is_told_by_name) {
  start();
  const auto second = HttpServer::start({{"127.0.0.1", server_->port()}, {}, {}, 8}, dispatcher_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("could not listen on 127.0.0.1:"));
}

// Clients that keep their connections open must not lock new ones out for the time of keep-alive.
TEST_F(HttpServerTest, idle_connections_leave_threads_for_new_clients) {
  start();
  std::vector<std::unique_ptr<Poco::Net::HTTPClientSession>> clients;
  int kept = 0;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(std::make_unique<Poco::Net::HTTPClientSession>("127.0.0.1", server_->port()));
    clients.back()->setKeepAlive(true);
    const Answer answer = send(*clients.back(), "POST", "/echo", "x");
    EXPECT_EQ(answer.status, 200);
    kept += answer.keep_alive ? 1 : 0;
  }
  EXPECT_GT(kept, 0);
  EXPECT_LE(kept, 7) << "one of the eight threads is always free";
}

// A stop must let what is under way end, and take nothing new.
TEST_F(HttpServerTest, stop_waits_for_the_request_under_way) {
  std::mutex mutex;
  std::condition_variable changed;
  bool entered = false;
  bool release = false;
  router_.add(Method::get, "/slow", Access::open, [&](Request& request) -> Result<Reply> {
    std::unique_lock lock(mutex);
    entered = true;
    changed.notify_all();
    changed.wait(lock, [&] { return release; });
    return empty_reply(request);
  });
  start();
  std::optional<Answer> answer;
  std::thread client([&] {
    Poco::Net::HTTPClientSession session("127.0.0.1", server_->port());
    answer = send(session, "GET", "/slow");
  });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return entered; });
  }
  std::thread stopper([&] { server_->stop(std::chrono::minutes(1)); });
  {
    const std::lock_guard lock(mutex);
    release = true;
  }
  changed.notify_all();
  stopper.join();
  client.join();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
}

class HttpsServerTest : public HttpServerTest {
 protected:
  // A self-signed pair; two pairs when a stranger's key is needed.
  void make_pair(const std::string& name) {
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "
        "/CN=localhost -keyout " +
        key(name).string() + " -out " + certificate(name).string() + " 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  std::filesystem::path certificate(const std::string& name) const {
    return directory_.path() / (name + ".crt");
  }
  std::filesystem::path key(const std::string& name) const { return directory_.path() / (name + ".key"); }

  std::string refusal(const std::filesystem::path& certificate_path, const std::filesystem::path& key_path) {
    const auto server = HttpServer::start({{"127.0.0.1", 0}, certificate_path, key_path, 8}, dispatcher_);
    return server ? "" : server.error().message;
  }

  Poco::Net::Context::Ptr client_context() const {
    return new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, "", "", certificate("one").string(),
                                  Poco::Net::Context::VERIFY_RELAXED);
  }

  TemporaryDirectory directory_;
};

TEST_F(HttpsServerTest, serves_over_tls_with_the_configured_certificate) {
  make_pair("one");
  start(certificate("one"), key("one"));
  Poco::Net::HTTPSClientSession client("localhost", server_->port(), client_context());
  EXPECT_EQ(send(client, "POST", "/echo", "hello").body, "hello");
  Poco::Net::HTTPSClientSession feed("localhost", server_->port(), client_context());
  EXPECT_EQ(send(feed, "GET", "/feed").body, "data: 1\n\n");
}

TEST_F(HttpsServerTest, tls_below_1_2_is_refused) {
  make_pair("one");
  start(certificate("one"), key("one"));
  auto context = client_context();
  SSL_CTX_set_security_level(context->sslContext(), 0);  // so that it is the server who refuses
  SSL_CTX_set_min_proto_version(context->sslContext(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context->sslContext(), TLS1_1_VERSION);
  Poco::Net::HTTPSClientSession client("localhost", server_->port(), context);
  EXPECT_THROW(send(client, "GET", "/stream"), Poco::Net::NetException);
}

TEST_F(HttpsServerTest, a_bad_certificate_or_key_is_told_at_start) {
  make_pair("one");
  make_pair("two");
  EXPECT_THAT(refusal(directory_.path() / "none", key("one")), HasSubstr("could not read server.tls_cert"));
  EXPECT_THAT(refusal(key("one"), key("one")), HasSubstr("holds no PEM certificate"));
  EXPECT_THAT(refusal(certificate("one"), certificate("one")), HasSubstr("holds no usable PEM key"));
  EXPECT_THAT(refusal(certificate("one"), key("two")), HasSubstr("does not belong"));
}

// OpenSSL would ask for the passphrase at the terminal and hang a service.
TEST_F(HttpsServerTest, an_encrypted_key_is_refused_and_not_asked_for) {
  make_pair("one");
  const std::string command =
      "openssl pkey -aes128 -passout pass:x -in " + key("one").string() + " -out " + key("locked").string();
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_THAT(refusal(certificate("one"), key("locked")), HasSubstr("holds no usable PEM key"));
}

}  // namespace
}  // namespace hermod::server
