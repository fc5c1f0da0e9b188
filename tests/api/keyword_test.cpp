// Keywords of a message as applications read and write them.
#include <gmock/gmock.h>

#include "api/api_fixture.hpp"

namespace hermod::testing {
namespace {

using ::testing::HasSubstr;

class MessageKeywords : public ApiFixture {
 protected:
  // The message's own, as JSON.
  std::string keywords_of(const std::string& target) {
    const std::string& body = get(target).body;
    const std::size_t at = body.find(R"("keywords":)");
    return at == std::string::npos ? "" : body.substr(at + 11, body.find(']', at) - at - 10);
  }
};

// System flags are none of them, but for the one that clients know as a keyword.
TEST_F(MessageKeywords, are_shown) {
  Item marked = message("1", "marked", {}, {0x3f});
  marked.keywords = {"Work", "a\xc3\xa9"};
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot, {marked, message("2", "plain")}}));
  const std::string path = "G/messages/" + message_id("marked");
  EXPECT_EQ(keywords_of(path), "[\"$Forwarded\",\"a\xc3\xa9\",\"Work\"]");
  EXPECT_EQ(keywords_of("G/messages/" + message_id("plain")), "[]");
  EXPECT_EQ(keywords_of(path + "?select=subject"), "");
  EXPECT_THAT(get("G/messages?select=keywords").body, HasSubstr(R"([{"keywords":)"));
}

TEST_F(MessageKeywords, are_written_whole) {
  deliver("INBOX", {{.uid = "1", .subject = "one"}});
  const std::string path = "G/messages/" + message_id("one");
  const Answer written = call("PUT", path, R"({"keywords": ["work", "Work", "FORWARDED"]})");
  EXPECT_EQ(written.status, 200) << written.body;
  EXPECT_THAT(written.body, HasSubstr(R"("keywords":["$Forwarded","Work"])"));
  EXPECT_EQ(keywords_of(path), R"(["$Forwarded","Work"])");
  EXPECT_EQ(call("PUT", path, R"({"unread": false, "keywords": null})").status, 200);
  EXPECT_EQ(keywords_of(path), R"(["$Forwarded","Work"])");
  EXPECT_EQ(call("PUT", path, R"({"keywords": []})").status, 200);
  EXPECT_EQ(keywords_of(path), "[]");
}

TEST_F(MessageKeywords, that_cannot_be_are_refused) {
  deliver("INBOX", {{.uid = "1", .subject = "one"}});
  const std::string path = "G/messages/" + message_id("one");
  const auto refused = [&](const std::string& value) {
    const Answer answer = call("PUT", path, R"({"keywords": )" + value + "}");
    EXPECT_EQ(answer.status, 400) << value;
    EXPECT_THAT(answer.at("error.message"), HasSubstr("`keywords`")) << value;
  };
  for (const char* value : {R"("work")", "[1]", R"([""])", R"(["\\Seen"])", R"(["a b"])", R"(["a\u007f"])",
                            R"(["é"])", R"(["a\"b"])", R"(["a\\b"])"})
    refused(value);
  for (const char special : std::string_view("(){%*]")) refused(std::string("[\"a") + special + "\"]");
  refused("[\"" + std::string(256, 'a') + "\"]");
  std::string many = "\"a\"";
  for (int i = 1; i < 100; ++i) many += ",\"a" + std::to_string(i) + "\"";
  refused("[" + many + ",\"b\"]");
  EXPECT_EQ(call("PUT", path, R"({"keywords": [)" + many + "]}").status, 200);
  EXPECT_EQ(call("PUT", path, "{\"keywords\": [\"" + std::string(255, 'a') + "\", \"[}+&'|~\"]}").status,
            200);
}

// A thread's messages have each their own.
TEST_F(MessageKeywords, are_not_of_a_thread) {
  deliver("INBOX", {{.uid = "1", .subject = "one"}});
  const std::string thread = get("G/messages/" + message_id("one")).at("data.thread_id");
  EXPECT_EQ(call("PUT", "G/threads/" + thread, R"({"keywords": ["work"]})").status, 400);
}

}  // namespace
}  // namespace hermod::testing
