// Who may ask, how often, and what is answered to calls that are not offered.
#include <gmock/gmock.h>

#include "api/api_fixture.hpp"
#include "server/auth/grant_directory.hpp"

namespace hermod::testing {
namespace {

using Access = ApiFixture;

TEST_F(Access, key_is_needed) {
  for (const std::string key : {"", "nonsense", "hmd_0123456789012345678901234567890123456789"}) {
    key_ = key;
    const Answer answer = get("G/messages");
    EXPECT_EQ(answer.status, 401) << key;
    EXPECT_EQ(answer.at("error.type"), "api.authentication_error");
  }
}

// A revoked key is remembered for a moment and no longer.
TEST_F(Access, revoked_key_is_refused) {
  using server::ApiKeyAuthenticator;
  server::Request request;
  request.headers.add("authorization", "bearer " + key_);
  const auto now = ApiKeyAuthenticator::Clock::now();
  auto principal = authenticator_->authenticate(request, now);
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->application_id, ids::to_public(application_.application_id));
  auto connection = database_.connect();
  ASSERT_TRUE(store::revoke_api_key(connection, *ids::parse_public(principal->key_id)));
  auto later = authenticator_->authenticate(request, now + ApiKeyAuthenticator::remembered_for);
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().kind, ErrorKind::auth);
}

// An access token opens its own grant alone, which it may call `me`.
TEST_F(Access, access_token_is_bound_to_its_grant) {
  server::GrantDirectory grants(database_.database());
  const server::Principal token{ids::to_public(application_.application_id), "", grant_id()};
  auto me = grants.resolve(token, "me");
  ASSERT_TRUE(me);
  EXPECT_EQ(me->grant_id, grant_id());
  EXPECT_TRUE(grants.resolve(token, "user@example.test"));
  const store::Grant other = connect("other@example.test");
  EXPECT_FALSE(grants.resolve(token, ids::to_public(other.account_id)));
  EXPECT_FALSE(grants.resolve(token, "other@example.test"));
}

// Another process's deletion is seen when the memory of the grant has run out.
TEST_F(Access, deleted_grant_is_forgotten) {
  server::GrantDirectory grants(database_.database());
  const server::Principal key{ids::to_public(application_.application_id), "k", std::nullopt};
  const auto now = server::GrantDirectory::Clock::now();
  ASSERT_TRUE(grants.resolve(key, grant_id(), now));
  auto connection = database_.connect();
  ASSERT_TRUE(store::delete_grant(connection, grant_.account_id));
  EXPECT_FALSE(grants.resolve(key, grant_id(), now + server::GrantDirectory::remembered_for));
}

// What the contract names and is not offered says so; what it does not name is not there.
TEST_F(Access, calls_not_offered_answer_501) {
  const std::vector<std::pair<std::string, std::string>> calls = {{"GET", "G/calendars"},
                                                                  {"POST", "G/calendars/free-busy"},
                                                                  {"GET", "G/contacts/groups"},
                                                                  {"GET", "G/events/import"},
                                                                  {"GET", "G/scheduling/configurations"},
                                                                  {"POST", "G/messages/smart-compose"},
                                                                  {"GET", "/v3/applications"},
                                                                  {"GET", "/v3/connectors/google/creds/C"},
                                                                  {"POST", "/v3/calendars/availability"},
                                                                  {"DELETE", "/v3/lists/L/items"},
                                                                  {"POST", "/v3/domains/d.com/messages/send"},
                                                                  {"GET", "/v3/scheduling/availability"}};
  for (const auto& [method, target] : calls) {
    const Answer answer = call(method, target);
    EXPECT_EQ(answer.status, 501) << method << " " << target;
    EXPECT_EQ(answer.at("error.type"), "api.not_implemented") << method << " " << target;
  }
  EXPECT_EQ(get("G/nothing").status, 404);
  EXPECT_EQ(get("/v3/nothing").at("error.type"), "api.not_found_error");
  EXPECT_EQ(call("PATCH", "G/messages").status, 405);
}

class Hurried : public ApiFixture {
 protected:
  Hurried() : ApiFixture({}, 3, 2) {}
};

// Requests of one grant, then of one key, are counted; the answer says how long to wait.
TEST_F(Hurried, too_many_requests_are_refused) {
  EXPECT_EQ(get("G/folders").status, 200);
  EXPECT_EQ(get("G/folders").status, 200);
  const Answer refused = get("G/folders");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.at("error.type"), "api.rate_limit_error");
  EXPECT_EQ(refused.header("Retry-After"), "1");
}

}  // namespace
}  // namespace hermod::testing
