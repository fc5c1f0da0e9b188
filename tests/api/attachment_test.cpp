// Attachments: their description, their bytes, and the headers that a stranger's file name ends up in.
#include <gmock/gmock.h>

#include "api/api_fixture.hpp"
#include "server/api/content_disposition.hpp"
#include "server/api/stored_json.hpp"

namespace hermod::testing {
namespace {

using ::testing::ElementsAre;

class AttachmentOf : public ApiFixture {
 protected:
  void SetUp() override {
    deliver("INBOX", {{.uid = "1", .subject = "with", .mid = "with@x", .attachment = content},
                      {.uid = "2", .subject = "without"}});
    message = message_id("with");
    attachment = get("G/messages/" + message).at("data.attachments[0].id");
    ASSERT_EQ(attachment.size(), 25u);
  }
  const std::string content = std::string("bytes\0\xff\r\n.", 10);
  std::string message, attachment;
};

TEST_F(AttachmentOf, is_described) {
  const Answer answer = get("G/attachments/" + attachment + "?message_id=" + message);
  EXPECT_EQ(answer.at("data.id"), attachment);
  EXPECT_EQ(answer.at("data.grant_id"), grant_id());
  EXPECT_EQ(answer.at("data.content_type"), "text/plain");
  EXPECT_EQ(answer.at("data.size"), "10");
  EXPECT_EQ(answer.at("data.filename"), "report \xc3\xa9.txt");
  EXPECT_FALSE(answer.json->getObject("data")->has("part_path"));
}

TEST_F(AttachmentOf, download_gives_the_bytes) {
  const Answer answer = get("G/attachments/" + attachment + "/download?message_id=%3Cwith%40x%3E");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, content);
  EXPECT_EQ(answer.header("Content-Type"), "text/plain");
  EXPECT_EQ(answer.header("Content-Disposition"),
            "attachment; filename=\"report _.txt\"; filename*=UTF-8''report%20%C3%A9.txt");
  EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
}

TEST_F(AttachmentOf, needs_its_message) {
  EXPECT_EQ(get("G/attachments/" + attachment).at("error.type"), "api.invalid_request_error");
  EXPECT_EQ(get("G/attachments/" + attachment + "?message_id=" + message_id("without")).status, 404);
  EXPECT_EQ(get("G/attachments/A/download?message_id=" + message).status, 404);
  EXPECT_EQ(get("G/attachments/" + attachment + "/download?message_id=M").status, 404);
}

// A file name cannot end the header or its quotes.
TEST(ContentDisposition, hostile_names_stay_inside) {
  using server::Disposition;
  EXPECT_EQ(server::content_disposition(Disposition::inline_, "a\"b\r\nX: y;%"),
            "inline; filename=\"a_b__X: y;_\"; filename*=UTF-8''a%22b%0D%0AX%3A%20y%3B%25");
  EXPECT_EQ(server::content_disposition(Disposition::attachment, ""), "attachment");
}

TEST(ContentDisposition, media_type_has_the_form_of_one) {
  EXPECT_EQ(server::safe_media_type("image/svg+xml"), "image/svg+xml");
  for (const char* bad :
       {"", "text", "/plain", "text/", "text/html\r\nX: y", "a b/c", "text/plain; charset=x"}) {
    EXPECT_EQ(server::safe_media_type(bad), "application/octet-stream") << bad;
  }
}

// Braces, brackets and quotes inside of strings are text.
TEST(StoredJson, cuts_objects_and_members) {
  std::vector<std::string> objects, members;
  const std::string text = R"([{"a":"}{\"]","b":[1,{"c":2}]},{}][{"d":null , "e":-1.5e3}])";
  server::for_each_object(text, [&](std::string_view object) {
    objects.emplace_back(object);
    server::for_each_member(object, [&](std::string_view name, std::string_view value) {
      members.push_back(std::string(name) + "=" + std::string(value));
    });
  });
  EXPECT_THAT(objects, ElementsAre(R"({"a":"}{\"]","b":[1,{"c":2}]})", "{}", R"({"d":null , "e":-1.5e3})"));
  EXPECT_THAT(members, ElementsAre(R"(a="}{\"]")", R"(b=[1,{"c":2}])", "d=null ", "e=-1.5e3"));
}

// Every beginning of a text is read to its end and no further.
TEST(StoredJson, cut_off_text_ends) {
  const std::string text = R"([{"a":"x\"y","b":[{"c":"\\"}]}])";
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const std::string beginning = text.substr(0, length);
    std::size_t bytes = 0;
    server::for_each_object(beginning, [&](std::string_view object) {
      server::for_each_member(object, [&](std::string_view name, std::string_view value) {
        bytes += name.size() + value.size();
      });
    });
    EXPECT_LE(bytes, length);
  }
}

}  // namespace
}  // namespace hermod::testing
