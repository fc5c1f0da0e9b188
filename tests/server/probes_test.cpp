#include "server/http/probes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/failure.hpp"
#include "server/http/dispatcher.hpp"

namespace hermod::server {
namespace {

using testing::HasSubstr;

class ProbesTest : public testing::Test {
 protected:
  Reply get(std::string_view target) {
    Request request;
    return dispatcher_.dispatch("GET", target, request);
  }

  static Result<Principal> nobody(const Request&) { return failure(ErrorKind::auth, "no"); }

  Router router_;
  Metrics metrics_;
  Readiness readiness_;
  Dispatcher dispatcher_{router_, {nobody, 100, 100}, metrics_};
};

TEST_F(ProbesTest, readiness_names_the_dependency_that_is_down_and_what_to_do) {
  bool up = false;
  readiness_.add("blobs", [] { return ok(); });
  readiness_.add("database", [&]() -> Status {
    return up ? ok() : Status(failure(ErrorKind::unavailable, "the database does not answer", "start it"));
  });
  add_probes(router_, readiness_, metrics_, Access::open);
  const Reply reply = get("/readyz");
  EXPECT_EQ(reply.status, 503);
  EXPECT_THAT(reply.body, HasSubstr(R"("status":"not_ready")"));
  EXPECT_THAT(reply.body, HasSubstr(R"({"name":"blobs","status":"up"})"));
  EXPECT_THAT(reply.body,
              HasSubstr(R"({"name":"database","status":"down","message":"the database does not answer")"));
  EXPECT_EQ(get("/healthz").status, 200) << "the process is up whatever it depends on";
}

// A balancer must stop sending before the listener closes.
TEST_F(ProbesTest, a_stopping_server_is_not_ready) {
  readiness_.add("database", [] { return ok(); });
  add_probes(router_, readiness_, metrics_, Access::open);
  EXPECT_EQ(get("/readyz").status, 200);
  readiness_.stopping();
  EXPECT_EQ(get("/readyz").status, 503);
}

TEST_F(ProbesTest, metrics_can_need_a_key) {
  add_probes(router_, readiness_, metrics_, Access::key);
  EXPECT_EQ(get("/metrics").status, 401);
}

TEST_F(ProbesTest, checks_run_once_for_many_callers) {
  int runs = 0;
  readiness_.add("database", [&] {
    ++runs;
    return ok();
  });
  for (int i = 0; i < 10; ++i) readiness_.check();
  EXPECT_LE(runs, 2);
}

}  // namespace
}  // namespace hermod::server
