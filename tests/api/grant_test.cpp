// Grants, connecting accounts, detection.
#include <gmock/gmock.h>

#include "api/api_fixture.hpp"
#include "server/api/grant_json.hpp"
#include "server/failure.hpp"

namespace hermod::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class GrantOf : public ApiFixture {
 protected:
  static std::string connect_body(const std::string& settings, const std::string& rest = "") {
    return R"({"provider":"memory","settings":{)" + settings + "}" + rest + "}";
  }
  static std::string good(const std::string& user = "new@example.test") {
    return R"("login_username":")" + user +
           R"(","login_password":"secret word","login_port":993,"type":"generic")";
  }
};

// The login is tried with what was given; the answer shows everything but the secret.
TEST_F(GrantOf, connect_verifies_and_stores) {
  const Answer answer =
      post("/v3/connect/custom", connect_body(good(), R"(,"state":"st","scope":["a","b"])"));
  EXPECT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(verifier_.provider, "memory");
  EXPECT_EQ(verifier_.plain.integer("login_port"), 993);
  EXPECT_EQ(verifier_.secrets.text("login_password"), "secret word");
  EXPECT_EQ(answer.at("data.email"), "new@example.test");
  EXPECT_EQ(answer.at("data.provider"), "memory");
  EXPECT_EQ(answer.at("data.grant_status"), "valid");
  EXPECT_EQ(answer.at("data.state"), "st");
  EXPECT_EQ(answer.at("data.scope[1]"), "b");
  EXPECT_EQ(answer.at("data.settings.login_port"), "993");
  EXPECT_EQ(answer.at("data.sync.phase"), "initial");
  EXPECT_THAT(answer.body, Not(HasSubstr("secret word")));
  EXPECT_THAT(value("SELECT string_agg(settings::text, '') FROM grants"), Not(HasSubstr("secret word")));
  auto connection = database_.connect();
  auto secrets = store::load_secrets(connection, *keys_, *ids::parse_public(answer.at("data.id")));
  EXPECT_EQ(secrets->at("login_password").reveal(), "secret word");
}

// The same mailbox again is the same grant, whatever the letter case of its address.
TEST_F(GrantOf, same_mailbox_is_reauthenticated) {
  const Answer first = post("/v3/connect/custom", connect_body(good()));
  const Answer second = post("/v3/connect/custom", connect_body(good("NEW@example.test")));
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.at("data.id"), first.at("data.id"));
}

TEST_F(GrantOf, refused_login_stores_nothing) {
  verifier_.outcome = server::failure(ErrorKind::auth, "the server refused the login");
  const Answer answer = post("/v3/connect/custom", connect_body(good()));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.at("error.type"), "api.invalid_request_error");
  EXPECT_EQ(value("SELECT count(*) FROM grants"), "1");
}

TEST_F(GrantOf, settings_are_checked_before_the_login) {
  const std::string user = R"("login_username":"a@x.test")", password = R"(,"login_password":"p")";
  for (const std::string& body :
       {connect_body(user), connect_body(R"("login_username":"nobody","login_password":"p")"),
        connect_body(user + password + R"(,"login_port":70000)"),
        connect_body(user + password + R"(,"login_port":"x1")"),
        connect_body(user + password + R"(,"login_tls":"maybe")"),
        connect_body(user + password + R"(,"login_kind":"odd")"),
        connect_body(R"("login_username":7,"login_password":"p")"),
        connect_body(user + password, R"(,"scope":"a")"), std::string(R"({"provider":"memory"})"),
        std::string(R"({"settings":{}})"), std::string(R"({"provider":"nobody","settings":{}})")}) {
    const Answer answer = post("/v3/connect/custom", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(answer.at("error.type"), "api.invalid_request_error") << body;
  }
  EXPECT_EQ(verifier_.calls, 0);
}

// The address of a user name without one is settings.email; numbers and booleans may be text.
TEST_F(GrantOf, email_may_be_given_apart) {
  const Answer answer = post("/v3/connect/custom",
                             connect_body(R"("email":"me@x.test","login_username":"me","login_password":"p",)"
                                          R"("login_port":"143","login_tls":"true","debug":"on")"));
  EXPECT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(answer.at("data.email"), "me@x.test");
  EXPECT_EQ(verifier_.plain.integer("login_port"), 143);
  EXPECT_TRUE(verifier_.plain.boolean("login_tls"));
  EXPECT_FALSE(verifier_.plain.has("debug"));  // the operator's, not the caller's
}

TEST_F(GrantOf, is_found_by_id_and_address) {
  EXPECT_EQ(get("G").at("data.id"), grant_id());
  EXPECT_EQ(get("/v3/grants/USER%40example.test").at("data.id"), grant_id());
  EXPECT_EQ(get("/v3/grants/user%40example.test/messages").status, 200);
  const Answer me = get("/v3/grants/me");
  EXPECT_EQ(me.at("error.type"), "api.invalid_request_error");
  EXPECT_THAT(me.at("error.message"), HasSubstr("access token"));
  EXPECT_EQ(get("/v3/grants/nobody%40example.test/messages").at("error.type"), "api.not_found_error");
}

TEST_F(GrantOf, lists_with_filters_and_offset) {
  connect("second@example.test");
  connect("third@example.test");
  EXPECT_EQ(get("/v3/grants").count(), 3u);
  EXPECT_THAT(get("/v3/grants?email=SECOND%40example.test").all("email"), ElementsAre("second@example.test"));
  EXPECT_EQ(get("/v3/grants?provider=nobody").count(), 0u);
  EXPECT_EQ(get("/v3/grants?grant_status=invalid").count(), 0u);
  EXPECT_EQ(get("/v3/grants?since=1&before=2").count(), 0u);
  std::vector<std::string> pages;
  for (const char* offset : {"0", "1", "2"}) {
    const Answer page =
        get(std::string("/v3/grants?limit=1&sort_by=created_at&order_by=asc&offset=") + offset);
    ASSERT_EQ(page.count(), 1u);
    pages.push_back(page.at("data[0].email"));
  }
  EXPECT_THAT(pages, UnorderedElementsAre("user@example.test", "second@example.test", "third@example.test"));
  for (const char* bad : {"sort_by=email", "order_by=up", "offset=-1", "limit=0", "since=now"}) {
    EXPECT_EQ(get(std::string("/v3/grants?") + bad).status, 400) << bad;
  }
}

// A change of one secret keeps the others and is tried at the provider with all of them.
TEST_F(GrantOf, update_merges_and_verifies) {
  const std::string id = post("/v3/connect/custom", connect_body(good())).at("data.id");
  const Answer answer =
      call("PATCH", "/v3/grants/" + id, R"({"settings":{"login_password":"second word"},"scope":["c"]})");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(verifier_.plain.text("login_username"), "new@example.test");
  EXPECT_EQ(verifier_.secrets.text("login_password"), "second word");
  EXPECT_EQ(answer.at("data.settings.login_port"), "993");
  EXPECT_EQ(answer.at("data.scope[0]"), "c");
  call("PATCH", "/v3/grants/" + id, R"({"settings":{"login_port":143}})");
  EXPECT_EQ(verifier_.secrets.text("login_password"), "second word");
  EXPECT_EQ(verifier_.plain.integer("login_port"), 143);
  verifier_.outcome = server::failure(ErrorKind::auth, "refused");
  EXPECT_EQ(call("PATCH", "/v3/grants/" + id, R"({"settings":{"login_password":"bad"}})").status, 400);
}

// A deleted grant is gone at once for the process that deleted it, and its address is free again.
TEST_F(GrantOf, destroy_is_seen_at_once) {
  EXPECT_EQ(get("G/messages").status, 200);
  const Answer answer = call("DELETE", "G");
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.at("request_id").empty());
  EXPECT_EQ(get("G/messages").status, 404);
  EXPECT_EQ(get("G").status, 404);
  EXPECT_EQ(call("DELETE", "G").status, 404);
  EXPECT_EQ(get("/v3/grants").count(), 0u);
}

// A key of another application sees nothing of this one, not even that it is there.
TEST_F(GrantOf, other_applications_are_blind) {
  deliver("INBOX", {{.uid = "1", .subject = "one", .attachment = "text"}});
  const std::string message = message_id("one");
  use_key_of_another_application();
  const std::string unknown = "/v3/grants/0000000000000000000000000";
  for (const std::string path : {"", "/messages", "/threads", "/folders", "/folders/inbox"}) {
    const Answer answer = get("G" + path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.at("error.message"), get(unknown + path).at("error.message"));
  }
  EXPECT_EQ(get("G/messages/" + message).status, 404);
  EXPECT_EQ(get("/v3/grants/user%40example.test").status, 404);
  EXPECT_EQ(call("DELETE", "G").status, 404);
  EXPECT_EQ(call("PATCH", "G", R"({"scope":["x"]})").status, 404);
  EXPECT_EQ(post("G/messages/batch", R"({"ids":[")" + message + R"("]})").status, 404);
  EXPECT_EQ(get("/v3/grants").count(), 0u);
  EXPECT_EQ(value("SELECT count(*) FROM grants WHERE deleted_at IS NULL"), "1");
}

// Progress of the first sync: what is done of what there is, folder by folder.
TEST_F(GrantOf, sync_tells_the_progress) {
  deliver("INBOX", {{.uid = "1"}, {.uid = "2"}});
  value("UPDATE collections SET total = 10, phase = 'initial' WHERE name = 'Archive' RETURNING 1");
  const Answer answer = get("G");
  EXPECT_EQ(answer.at("data.sync.phase"), "initial");
  EXPECT_EQ(answer.at("data.sync.done"), "2");
  EXPECT_EQ(answer.at("data.sync.total"), "12");
  EXPECT_EQ(answer.count("data.sync.folders"), 2u);
  EXPECT_THAT(answer.body, HasSubstr("\"reason\":null"));
}

TEST(SyncProgress, rate_and_end_follow_from_the_time_passed) {
  store::Grant grant;
  grant.sync_phase = "initial";
  grant.sync_started_at = 1'000;
  const std::vector<store::FolderProgress> folders = {{{}, "live", 300, 300, {}}, {{}, "initial", 200, 1'500, {}}};
  const server::SyncProgress progress = server::sync_progress(grant, folders, 1'010);
  EXPECT_EQ(progress.done, 500);
  EXPECT_EQ(progress.total, 1'800);
  EXPECT_DOUBLE_EQ(progress.rate, 50.0);
  EXPECT_EQ(progress.eta, 1'010 + 26);
  EXPECT_EQ(progress.lag_seconds, 10);
  grant.sync_phase = "live";
  EXPECT_EQ(server::sync_progress(grant, folders, 1'010).eta, std::nullopt);
  EXPECT_EQ(server::sync_progress(grant, folders, 1'010).lag_seconds, 0);
}

TEST_F(GrantOf, detects_providers_by_address) {
  const Answer known = post("/v3/providers/detect?email=a%40known.test&all_provider_types=true", "");
  EXPECT_EQ(known.at("data.detected"), "true");
  EXPECT_EQ(known.at("data.provider"), "memory");
  EXPECT_EQ(known.at("data.email_address"), "a@known.test");
  EXPECT_EQ(post("/v3/providers/detect?email=a%40other.test", "").at("data.detected"), "false");
  EXPECT_EQ(post("/v3/providers/detect", "").status, 400);
}

}  // namespace
}  // namespace hermod::testing
