// GET messages/{id} and POST messages/batch.
#include <gmock/gmock.h>

#include "api/api_fixture.hpp"
#include "core/ids/text_encoding.hpp"

namespace hermod::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using MessageFind = ApiFixture;

TEST_F(MessageFind, message_is_whole) {
  deliver("INBOX", {{.uid = "1", .subject = "one"}});
  const Answer answer = get("G/messages/" + message_id("one"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.at("data.id"), message_id("one"));
  EXPECT_NE(answer.at("data.body").find("body of 1"), std::string::npos);
  EXPECT_EQ(answer.json->getObject("data")->has("headers"), false);
}

// Clients know a message by its Message-ID too, whatever characters it has; the path is split before it is
// decoded.
TEST_F(MessageFind, message_id_header_is_an_alias) {
  deliver("INBOX", {{.uid = "1", .subject = "hostile", .mid = "a/b+c=@x"}, {.uid = "2", .subject = "other"}});
  EXPECT_EQ(get("G/messages/%3Ca%2Fb%2Bc%3D%40x%3E").at("data.subject"), "hostile");
  EXPECT_EQ(get("G/messages/%3Ca%2Fb%2Bc%3D%40y%3E").status, 404);
}

TEST_F(MessageFind, unknown_ids_are_not_found) {
  deliver("INBOX", {{.uid = "1"}});
  for (const std::string id : {"M", "0000000000000000000000000", "%3C%3E", "zzzzzzzzzzzzzzzzzzzzzzzzz"}) {
    const Answer answer = get("G/messages/" + id);
    EXPECT_EQ(answer.status, 404) << id;
    EXPECT_EQ(answer.at("error.type"), "api.not_found_error") << id;
    EXPECT_FALSE(answer.at("error.message").empty()) << id;
  }
}

// The bytes as they came, and nothing that is not asked for.
TEST_F(MessageFind, raw_mime_is_the_message_in_base64url) {
  const Mail mail{.uid = "1", .subject = "raw", .attachment = std::string("\xfb\xff\xfe\0x", 5)};
  deliver("INBOX", {mail});
  const Answer answer = get("G/messages/" + message_id("raw") + "?fields=raw_mime");
  EXPECT_EQ(ids::base64url_decode(answer.at("data.raw_mime")), mail.raw());
  EXPECT_EQ(answer.at("data.object"), "message");
  EXPECT_EQ(answer.at("data.id"), message_id("raw"));
  EXPECT_EQ(answer.at("data.grant_id"), grant_id());
  EXPECT_EQ(answer.json->getObject("data")->size(), 4u);
}

TEST_F(MessageFind, headers_come_in_their_order) {
  deliver("INBOX", {{.uid = "1", .subject = "one", .mid = "m1@x", .parent = "p@x"}});
  const Answer all = get("G/messages/" + message_id("one") + "?fields=include_headers");
  EXPECT_EQ(all.at("data.headers[0].name"), "From");
  EXPECT_EQ(all.at("data.headers[0].value"), "Ann <ann@example.test>");
  EXPECT_EQ(all.at("data.subject"), "one");
  const Answer basic = get("G/messages/" + message_id("one") + "?fields=include_basic_headers");
  ASSERT_EQ(basic.count("data.headers"), 3u);
  EXPECT_EQ(basic.at("data.headers[0].name"), "Message-ID");
  EXPECT_EQ(basic.at("data.headers[1].value"), "<p@x>");
  EXPECT_EQ(get("G/messages?fields=include_headers").at("data[0].headers[0].name"), "From");
}

// Whoever archives mail must learn that this is not all of it; of the others nothing is said, as clients
// expect.
TEST_F(MessageFind, a_message_of_which_something_is_missing_says_so) {
  std::string to = "a@x";
  for (int i = 0; i < 10'000; ++i) to += ", b" + std::to_string(i) + "@x";
  deliver("INBOX",
          {{.uid = "1", .to = to, .subject = "too many recipients"}, {.uid = "2", .subject = "whole"}});
  const std::string cut = message_id("too many recipients");
  EXPECT_EQ(get("G/messages/" + cut).at("data.incomplete"), "true");
  EXPECT_EQ(get("G/messages?subject=too%20many").at("data[0].incomplete"), "true");
  EXPECT_EQ(post("G/messages/batch", R"({"ids":[")" + cut + R"("]})").at("data[0].incomplete"), "true");
  EXPECT_FALSE(get("G/messages/" + message_id("whole")).json->getObject("data")->has("incomplete"));
  EXPECT_EQ(get("G/messages/" + cut + "?fields=raw_mime").status, 200) << "its bytes are there";
}

// The order asked, each once, and what is not there named apart: no null in the list.
TEST_F(MessageFind, batch_keeps_the_order_asked) {
  deliver("INBOX",
          {{.uid = "1", .subject = "one"}, {.uid = "2", .subject = "two"}, {.uid = "3", .subject = "three"}});
  const std::string one = message_id("one"), two = message_id("two"), three = message_id("three");
  const Answer answer = post("G/messages/batch",
                             R"({"ids":[")" + three + R"(","nothing",")" + one + R"(",")" + three + R"("]})");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(answer.all("subject"), ElementsAre("three", "one"));
  EXPECT_EQ(answer.count("missing"), 1u);
  EXPECT_EQ(answer.at("missing[0]"), "nothing");
  EXPECT_NE(answer.at("data[0].body").find("body of 3"), std::string::npos);
}

TEST_F(MessageFind, batch_takes_fields_and_select) {
  deliver("INBOX", {{.uid = "1", .subject = "one"}});
  const std::string ids = R"({"ids":[")" + message_id("one") + R"("],)";
  EXPECT_EQ(
      post("G/messages/batch", ids + R"("select":"subject"})").json->getArray("data")->getObject(0)->size(),
      1u);
  EXPECT_FALSE(post("G/messages/batch", ids + R"("fields":"raw_mime"})").at("data[0].raw_mime").empty());
}

TEST_F(MessageFind, batch_refuses_what_it_cannot_read) {
  std::string many = R"({"ids":["0")";
  for (int i = 0; i < 200; ++i) many += ",\"" + std::to_string(i) + "\"";
  for (const std::string& body :
       {std::string("{}"), std::string("[]"), std::string(R"({"ids":"one"})"), std::string("{\"ids\":"),
        std::string(R"({"ids":[1]})"), std::string(R"({"ids":[]})"),
        std::string(R"({"ids":["a"],"fields":"all"})"), many + "]}"}) {
    EXPECT_EQ(post("G/messages/batch", body).at("error.type"), "api.invalid_request_error")
        << body.substr(0, 40);
  }
}

}  // namespace
}  // namespace hermod::testing
