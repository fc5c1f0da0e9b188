// Raw messages are large, and a client can ask for many: what one answer holds has a limit, and what all of
// them do.
#include <gmock/gmock.h>

#include "api/api_fixture.hpp"
#include "core/ids/text_encoding.hpp"

namespace hermod::testing {
namespace {

constexpr std::uint64_t page_bytes = 2000;

class RawLimits : public ApiFixture {
 protected:
  RawLimits() : ApiFixture({.page_raw_bytes = page_bytes, .raw_bytes_at_once = 1, .raw_wait_max = {}}) {}

  void SetUp() override {
    std::vector<Mail> mails;
    for (int i = 1; i <= 9; ++i) {
      mails.push_back({.uid = std::to_string(i),
                       .at = 1'700'000'000 + i,
                       .subject = "s" + std::to_string(i),
                       .attachment = std::string(i == 5 ? 2 * page_bytes : 200, 'x')});
    }
    deliver("INBOX", mails);
  }
  std::string some_ids(const std::vector<std::string>& subjects_wanted) {
    std::string list;
    for (const auto& subject : subjects_wanted)
      list += (list.empty() ? "\"" : ",\"") + message_id(subject) + '"';
    return R"({"fields":"raw_mime","ids":[)" + list + "]}";
  }
  // The reply itself, which holds its part of the budget until it is sent.
  server::Reply dispatched(const std::string& target) {
    server::Request request;
    request.headers.add("Authorization", "Bearer " + key_);
    return dispatcher_->dispatch("GET", "/v3/grants/" + grant_id() + target, request);
  }
};

TEST_F(RawLimits, a_page_ends_where_its_bytes_do_and_the_next_goes_on) {
  std::vector<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    const Answer page = get("G/messages?fields=raw_mime" + (cursor.empty() ? "" : "&page_token=" + cursor));
    ASSERT_EQ(page.status, 200) << page.body;
    std::uint64_t bytes = 0;
    for (const std::string& raw : page.all("raw_mime"))
      bytes += ids::base64url_decode(raw).value_or("").size();
    EXPECT_GT(bytes, 0u);
    EXPECT_TRUE(bytes <= page_bytes || page.count() == 1) << bytes;
    for (const std::string& id : page.all("id")) seen.push_back(id);
    cursor = page.at("next_cursor");
    ASSERT_LT(++pages, 20);
  } while (!cursor.empty());
  EXPECT_GT(pages, 2);
  EXPECT_EQ(seen, get("G/messages").all("id")) << "each once, in the order of any list";
}

TEST_F(RawLimits, a_batch_beyond_the_limit_says_so) {
  const Answer refused = post("G/messages/batch", some_ids({"s4", "s5"}));
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(refused.at("error.type"), "api.limit_error");
  EXPECT_NE(refused.at("error.message").find(std::to_string(page_bytes)), std::string::npos);
  EXPECT_NE(refused.at("error.hint"), "");
  EXPECT_EQ(post("G/messages/batch", some_ids({"s5"})).count(), 1u) << "one message alone has no limit";
  EXPECT_EQ(post("G/messages/batch", some_ids({"s1", "s2"})).count(), 2u);
}

// Here the budget is one answer's: until it is sent, no other one reads raw bytes.
TEST_F(RawLimits, answers_under_way_share_a_budget) {
  const std::string raw = "/messages/" + message_id("s1") + "?fields=raw_mime";
  {
    const server::Reply held = dispatched(raw);
    ASSERT_EQ(held.status, 200);
    const Answer refused = get("G" + raw);
    EXPECT_EQ(refused.status, 503);
    EXPECT_NE(refused.header("Retry-After"), "");
    EXPECT_EQ(get("G/messages").status, 200) << "what reads no raw bytes needs none";
  }
  EXPECT_EQ(get("G" + raw).status, 200);
}

// A client may take its time with a download: it holds no memory for it.
TEST_F(RawLimits, a_download_under_way_holds_nothing) {
  const std::string message = message_id("s1");
  const std::string attachment = get("G/messages/" + message).at("data.attachments[0].id");
  const server::Reply held = dispatched("/attachments/" + attachment + "/download?message_id=" + message);
  ASSERT_EQ(held.status, 200);
  EXPECT_EQ(get("G/messages/" + message + "?fields=raw_mime").status, 200);
}

// One message without its bytes must not take the others from the list.
TEST_F(RawLimits, a_message_whose_bytes_are_not_held_has_no_raw_mime) {
  auto connection = database_.connect();
  ASSERT_TRUE(connection.query("UPDATE messages SET raw_hash = NULL, blob_pack = NULL WHERE subject = 's2'"));
  const Answer batch = post("G/messages/batch", some_ids({"s1", "s2"}));
  EXPECT_EQ(batch.count(), 2u) << batch.body;
  EXPECT_NE(batch.at("data[0].raw_mime"), "");
  EXPECT_FALSE(batch.json->getArray("data")->getObject(1)->has("raw_mime"));
  EXPECT_EQ(get("G/messages/" + message_id("s2") + "?fields=raw_mime").status, 404);
}

}  // namespace
}  // namespace hermod::testing
