#include "server/http/error_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/failure.hpp"
#include "server/http/reply.hpp"

namespace hermod::server {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Row {
  ErrorKind kind;
  int status;
  const char* type;
};

// Clients branch on these; the public API's documented pairs of status and type.
TEST(ErrorTable, the_kinds_of_the_contract_have_its_status_and_type) {
  const Row rows[] = {{ErrorKind::auth, 401, "api.authentication_error"},
                      {ErrorKind::invalid_argument, 400, "api.invalid_request_error"},
                      {ErrorKind::not_found, 404, "api.not_found_error"},
                      {ErrorKind::rate_limited, 429, "api.rate_limit_error"},
                      {ErrorKind::timeout, 504, "api.provider_error"},
                      {ErrorKind::internal, 500, "api.internal_error"},
                      {ErrorKind::unsupported, 501, "api.not_implemented"}};
  for (const auto& [kind, status, type] : rows) {
    EXPECT_EQ(wire_error(kind).status, status) << type;
    EXPECT_EQ(wire_error(kind).type, type);
  }
}

TEST(ErrorTable, every_kind_is_an_error_status_with_a_prefixed_type) {
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::internal); ++kind) {
    const WireError wire = wire_error(static_cast<ErrorKind>(kind));
    EXPECT_GE(wire.status, 400) << kind;
    EXPECT_THAT(std::string(wire.type), testing::StartsWith("api.")) << kind;
  }
}

TEST(ErrorReply, has_request_id_type_message_and_hint) {
  const Reply reply = error_reply("r1", failure(ErrorKind::not_found, "no such folder", "list them first"));
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.body,
            R"({"request_id":"r1","error":{"type":"api.not_found_error","message":"no such folder",)"
            R"("hint":"list them first"}})");
}

// The inside of the server is no business of its clients: no SQL, path or exception text.
TEST(ErrorReply, our_own_mistakes_show_nothing_of_the_inside) {
  const Reply reply =
      error_reply("r1", failure(ErrorKind::internal, "SELECT secret", "look in /etc", "stack"));
  EXPECT_THAT(reply.body, Not(HasSubstr("SELECT")));
  EXPECT_THAT(reply.body, Not(HasSubstr("/etc")));
  EXPECT_THAT(reply.body, Not(HasSubstr("stack")));
}

TEST(ErrorReply, retry_after_is_rounded_up_to_a_second) {
  Error error = failure(ErrorKind::rate_limited, "slow down");
  error.retry = Retry::after(std::chrono::milliseconds(1200));
  EXPECT_THAT(error_reply("r", error).headers, testing::Contains(testing::Pair("Retry-After", "2")));
  error.retry = Retry::after(std::chrono::milliseconds(1));
  EXPECT_THAT(error_reply("r", error).headers, testing::Contains(testing::Pair("Retry-After", "1")));
}

}  // namespace
}  // namespace hermod::server
