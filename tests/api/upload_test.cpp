// Uploads over the API: bytes sent ahead to an address with a secret, then named by a draft.
#include <gmock/gmock.h>

#include "api/api_fixture.hpp"
#include "core/mime/compose.hpp"
#include "core/store/erase.hpp"
#include "core/store/upload_store.hpp"

namespace hermod::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

const std::string base = "https://mail.example.test";

class Uploads : public ApiFixture {
 protected:
  Uploads() : ApiFixture({.public_url = base + "/"}) {
    listing_.push_back(folder("Drafts", Role::drafts));
    list();
  }
  Answer create(const std::string& size = "0") {
    return post("G/attachment-uploads",
                R"({"filename":"Größe.bin","content_type":"application/x-test","size":)" + size + "}");
  }
  // Without a key, as the address is used.
  Answer put(const Answer& made, const std::string& bytes) {
    return open_call(made.at("data.url").substr(base.size()), bytes);
  }
  Answer open_call(const std::string& path, const std::string& bytes) {
    const std::string key = std::exchange(key_, "");
    Answer answer = call("PUT", path, bytes);
    key_ = key;
    return answer;
  }
  Answer complete(const Answer& made) {
    return post("G/attachment-uploads/" + made.at("data.attachment_id") + "/complete", "{}");
  }
  Answer draft_with(const Answer& made) {
    return post("G/drafts",
                R"({"subject":"s","attachments":[{"id":")" + made.at("data.attachment_id") + R"("}]})");
  }
  std::string count(const std::string& table) { return value("SELECT count(*) FROM " + table); }
};

TEST_F(Uploads, a_draft_has_the_bytes_that_were_sent) {
  std::string bytes;
  for (int i = 0; i < 2'500'000; ++i) bytes += static_cast<char>(i * 7 % 251);
  const Answer made = create(std::to_string(bytes.size()));
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(made.at("data.method"), "PUT");
  EXPECT_THAT(made.at("data.url"), StartsWith(base + "/v3/attachment-uploads/" + grant_id() + "/" +
                                              made.at("data.attachment_id")));
  EXPECT_EQ(made.at("data.size"), std::to_string(bytes.size()));
  EXPECT_EQ(made.at("data.max_size"), std::to_string(mime::outgoing_file_bytes_max));
  EXPECT_EQ(made.at("data.filename"), "Größe.bin");
  EXPECT_EQ(made.at("data.content_type"), "application/x-test");
  EXPECT_EQ(made.at("data.grant_id"), grant_id());
  EXPECT_EQ(made.json->getObject("data")->getObject("headers")->getValue<std::string>("Content-Type"),
            "application/x-test");
  EXPECT_THAT(made.at("data.expires_at"), MatchesRegex("....-..-..T..:..:..Z"));
  EXPECT_EQ(complete(made).at("data.status"), "uploading");
  EXPECT_EQ(put(made, "first try").status, 200);
  EXPECT_EQ(complete(made).at("data.status"), "failed");
  EXPECT_THAT(draft_with(made).at("error.message"), HasSubstr("attachments[0].id"));
  EXPECT_EQ(put(made, bytes).status, 200);
  for (int again = 0; again < 2; ++again) EXPECT_EQ(complete(made).at("data.status"), "ready");
  EXPECT_EQ(put(made, "other bytes").status, 409);

  const Answer draft = draft_with(made);
  ASSERT_EQ(draft.status, 200) << draft.body;
  EXPECT_EQ(draft.at("data.attachments[0].filename"), "Größe.bin");
  EXPECT_EQ(draft.at("data.attachments[0].content_type"), "application/x-test");
  EXPECT_EQ(get("G/attachments/" + draft.at("data.attachments[0].id") +
                "/download?message_id=" + draft.at("data.id"))
                .body,
            bytes);
}

TEST_F(Uploads, the_secret_is_needed) {
  const Answer made = create();
  const std::string path = made.at("data.url").substr(base.size());
  const std::string other = create().at("data.url").substr(base.size());
  const std::size_t slash = path.rfind('/');
  for (const std::string& wrong :
       {path.substr(0, slash) + other.substr(slash), path + "x", path.substr(0, slash) + "/x",
        "/v3/attachment-uploads/" + grant_id() + "/x" + path.substr(slash),
        "/v3/attachment-uploads/x/" + made.at("data.attachment_id") + path.substr(slash)}) {
    EXPECT_EQ(open_call(wrong, "bytes").at("error.type"), "api.not_found_error") << wrong;
  }
  EXPECT_EQ(count("upload_pieces"), "0");
  EXPECT_EQ(value("SELECT count(*) FROM uploads WHERE secret_hash = '" + path.substr(slash + 1) + "'"), "0");
}

TEST_F(Uploads, another_account_has_none_of_it) {
  const Answer made = create();
  value(
      "UPDATE uploads SET account_id = '00000000-0000-7000-8000-000000000001', size = 5, ready = true "
      "RETURNING 1");
  EXPECT_EQ(put(made, "bytes").status, 404);
  EXPECT_EQ(complete(made).status, 404);
  EXPECT_EQ(draft_with(made).status, 400);
}

TEST_F(Uploads, what_expired_is_of_no_use_and_goes) {
  const Answer made = create(), kept = create();
  ASSERT_EQ(put(made, "bytes").status, 200);
  ASSERT_EQ(put(kept, "bytes").status, 200);
  ASSERT_EQ(complete(made).at("data.status"), "ready");
  value("UPDATE uploads SET expires_at = now() - interval '1 second' WHERE ready RETURNING 1");
  EXPECT_EQ(put(made, "bytes").status, 404);
  EXPECT_EQ(complete(made).at("data.status"), "expired");
  EXPECT_EQ(draft_with(made).status, 400);
  auto connection = database_.connect();
  ASSERT_TRUE(store::expire_uploads(connection));
  EXPECT_EQ(complete(made).status, 404);
  EXPECT_EQ(count("upload_pieces"), "1");
  while (true) {
    auto done = store::erase_batch(connection, grant_.account_id);
    ASSERT_TRUE(done);
    if (*done) break;
  }
  EXPECT_EQ(count("uploads"), "0");
  EXPECT_EQ(count("upload_pieces"), "0");
}

TEST_F(Uploads, bad_input_is_named) {
  const auto refused = [&](const std::string& body) { return post("G/attachment-uploads", body); };
  EXPECT_THAT(refused(R"({"content_type":"a/b"})").at("error.message"), HasSubstr("filename"));
  EXPECT_THAT(refused(R"({"filename":"a"})").at("error.message"), HasSubstr("content_type"));
  for (const std::string& size : {R"("5")", "-1", "1.5", "true"})
    EXPECT_THAT(create(size).at("error.message"), HasSubstr("size")) << size;
  EXPECT_EQ(create(std::to_string(mime::outgoing_file_bytes_max + 1)).status, 413);
  EXPECT_EQ(create("18446744073709551615").status, 413);
  EXPECT_EQ(refused(R"({"filename":"a","content_type":"a/b\r\nX-Evil: 1"})").status, 400);
  EXPECT_EQ(post("G/attachment-uploads/unknown/complete", "{}").status, 404);
  EXPECT_EQ(count("uploads"), "0");
}

TEST_F(Uploads, an_account_has_only_so_many) {
  for (int i = 0; i < store::uploads_max; ++i) ASSERT_EQ(create().status, 200);
  EXPECT_EQ(create().status, 413);
}

TEST_F(Uploads, an_account_has_only_so_many_bytes) {
  const Answer full = create(), made = create();
  ASSERT_EQ(put(full, "bytes").status, 200);
  value("UPDATE uploads SET size = " + std::to_string(store::uploads_bytes_max - 5) +
        " WHERE size = 5 RETURNING 1");
  EXPECT_EQ(put(made, "123456").status, 413);
  EXPECT_EQ(put(made, "12345").status, 200);
}

}  // namespace
}  // namespace hermod::testing
