#include "server/http/dispatcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/failure.hpp"

namespace hermod::server {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

class DispatcherTest : public testing::Test {
 protected:
  DispatcherTest() {
    router_.get("/v3/whoami", [](Request& request) -> Result<Reply> {
      return data_reply(request, [&](JsonWriter& json) { json.value(request.principal.application_id); });
    });
    router_.get("/v3/throws",
                [](Request&) -> Result<Reply> { throw std::runtime_error("password=hunter2"); });
    router_.get("/v3/fails",
                [](Request&) -> Result<Reply> { return failure(ErrorKind::conflict, "changed meanwhile"); });
    router_.get("/v3/grants/{grant}", [](Request& request) -> Result<Reply> { return empty_reply(request); });
    router_.add(Method::get, "/open", Access::open,
                [](Request& request) -> Result<Reply> { return empty_reply(request); });
  }

  Reply send(std::string_view method, std::string_view target, std::string_view token = "good") {
    Request request;
    if (!token.empty()) request.headers.add("Authorization", "Bearer " + std::string(token));
    return dispatcher_.dispatch(method, target, request);
  }

  static Result<Principal> authenticate(const Request& request) {
    const auto token = request.bearer();
    if (token == "good") return Principal{"app", "key", {}};
    return failure(ErrorKind::auth, "the API key is not known");
  }

  Router router_;
  Metrics metrics_;
  Dispatcher dispatcher_{router_, {authenticate, 5, 3}, metrics_};
};

// Nothing reaches a client unauthenticated: the handler must not even run.
TEST_F(DispatcherTest, without_a_known_key_the_handler_is_not_reached) {
  for (const char* token : {"", "bad"}) {
    const Reply reply = send("GET", "/v3/whoami", token);
    EXPECT_EQ(reply.status, 401);
    EXPECT_THAT(reply.body, HasSubstr("api.authentication_error"));
  }
  EXPECT_EQ(send("GET", "/v3/throws", "bad").status, 401);
}

TEST_F(DispatcherTest, the_handler_sees_who_asks) {
  EXPECT_THAT(send("GET", "/v3/whoami").body, HasSubstr(R"("data":"app")"));
}

TEST_F(DispatcherTest, open_routes_need_no_key) { EXPECT_EQ(send("GET", "/open", "").status, 200); }

TEST_F(DispatcherTest, unknown_paths_are_404_and_unknown_methods_405_with_allow) {
  EXPECT_EQ(send("GET", "/v3/nothing").status, 404);
  const Reply reply = send("POST", "/v3/whoami");
  EXPECT_EQ(reply.status, 405);
  EXPECT_THAT(reply.headers, Contains(Pair("Allow", "GET, HEAD, OPTIONS")));
  EXPECT_EQ(send("BREW", "/v3/whoami").status, 405);
}

// A hint that leads to another 404 is worse than none.
TEST_F(DispatcherTest, the_hint_of_a_404_names_no_path_that_is_not_there) {
  const std::string body = send("GET", "/v3/nothing").body;
  constexpr std::string_view key = R"("hint":")";
  const auto begin = body.find(key);
  ASSERT_NE(begin, std::string::npos);
  const std::string hint =
      body.substr(begin + key.size(), body.find('"', begin + key.size()) - begin - key.size());
  EXPECT_NE(hint, "");
  for (auto at = hint.find('/'); at != std::string::npos; at = hint.find('/', at + 1)) {
    const std::string path = hint.substr(at, hint.find_first_of(" ,;", at) - at);
    EXPECT_NE(send("GET", path).status, 404) << path;
  }
}

TEST_F(DispatcherTest, head_is_answered_like_get_and_options_lists_methods) {
  EXPECT_EQ(send("HEAD", "/v3/whoami").status, 200);
  const Reply reply = send("OPTIONS", "/v3/whoami", "");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.headers, Contains(Pair("Allow", "GET, HEAD, OPTIONS")));
}

TEST_F(DispatcherTest, a_bad_percent_sign_is_400) {
  EXPECT_EQ(send("GET", "/v3/whoami?x=%").status, 400);
  EXPECT_EQ(send("GET", "/%zz").status, 400);
}

// An exception's text may quote data; it must reach neither the client nor kill the thread.
TEST_F(DispatcherTest, an_exception_becomes_500_without_its_text) {
  const Reply reply = send("GET", "/v3/throws");
  EXPECT_EQ(reply.status, 500);
  EXPECT_THAT(reply.body, Not(HasSubstr("hunter2")));
}

TEST_F(DispatcherTest, an_error_is_answered_by_the_table) { EXPECT_EQ(send("GET", "/v3/fails").status, 409); }

// Clients show the header's id, people look it up by the body's: they must be one.
TEST_F(DispatcherTest, the_header_carries_the_request_id_of_the_body) {
  for (const char* target : {"/v3/whoami", "/v3/nothing", "/v3/throws"}) {
    const Reply reply = send("GET", target);
    ASSERT_EQ(reply.headers.back().first, "X-Request-Id");
    EXPECT_THAT(reply.body, HasSubstr(R"("request_id":")" + reply.headers.back().second + '"')) << target;
  }
}

TEST_F(DispatcherTest, a_grant_has_its_own_limit_below_the_key) {
  int refused = 0;
  for (int i = 0; i < 5; ++i) refused += send("GET", "/v3/grants/one").status == 429 ? 1 : 0;
  EXPECT_EQ(refused, 2);
}

TEST_F(DispatcherTest, metrics_hold_the_route_and_not_the_path) {
  send("GET", "/v3/grants/secret-id");
  const std::string text = metrics_.text();
  EXPECT_THAT(
      text,
      HasSubstr(R"(hermod_http_requests_total{method="GET",route="/v3/grants/{grant}",status="200"} 1)"));
  EXPECT_THAT(text, Not(HasSubstr("secret-id")));
}

}  // namespace
}  // namespace hermod::server
