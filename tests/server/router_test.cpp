#include "server/http/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hermod::server {
namespace {

Handler nothing() {
  return [](Request&) -> Result<Reply> { return Reply{}; };
}

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    router_.get("/v3/grants/{grant}/messages", nothing());
    router_.get("/v3/grants/{grant}/messages/{message}", nothing());
    router_.put("/v3/grants/{grant}/messages/{message}", nothing());
    router_.post("/v3/grants/{grant}/messages/send", nothing());
    router_.get("/v3/webhooks/{webhook}", nothing());
    router_.get("/v3/webhooks/ip-addresses", nothing());
    router_.get("/v3/{area}/special/deep", nothing());
  }

  std::string pattern(Method method, const char* path) {
    const auto match = router_.find(method, *split_path(path));
    return match.route ? match.route->pattern : "";
  }

  Router router_;
};

// A fixed name beside an id: the id route must not swallow it, in whatever order they were added.
TEST_F(RouterTest, literal_wins_over_parameter) {
  EXPECT_EQ(pattern(Method::get, "/v3/webhooks/ip-addresses"), "/v3/webhooks/ip-addresses");
  EXPECT_EQ(pattern(Method::get, "/v3/webhooks/other"), "/v3/webhooks/{webhook}");
}

// The literal branch "webhooks" has no "special/deep" below it, so the search must come back to {area}.
TEST_F(RouterTest, a_dead_end_behind_a_literal_falls_back_to_the_parameter) {
  EXPECT_EQ(pattern(Method::get, "/v3/webhooks/special/deep"), "/v3/{area}/special/deep");
}

TEST_F(RouterTest, parameters_carry_the_decoded_segments) {
  const auto match = router_.find(Method::get, *split_path("/v3/grants/a%40b/messages/x%2Fy"));
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.path.at("grant"), "a@b");
  EXPECT_EQ(match.path.at("message"), "x/y");
}

TEST_F(RouterTest, unknown_path_and_unknown_method_are_told_apart) {
  EXPECT_TRUE(router_.find(Method::get, *split_path("/v3/nothing")).allow.empty());
  EXPECT_TRUE(router_.find(Method::get, *split_path("/v3/grants")).allow.empty());
  const auto match = router_.find(Method::del, *split_path("/v3/grants/g/messages/m"));
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(Router::allow_header(match), "GET, HEAD, PUT, OPTIONS");
}

TEST_F(RouterTest, an_empty_segment_is_no_id) { EXPECT_EQ(pattern(Method::get, "/v3/grants//messages"), ""); }

}  // namespace
}  // namespace hermod::server
