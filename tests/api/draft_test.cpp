// Drafts over the API: shown at once, whole, in every form a request may have; refused where they cannot be
// written.
#include <gmock/gmock.h>

#include <future>
#include <streambuf>

#include "api/api_fixture.hpp"
#include "core/ids/text_encoding.hpp"
#include "core/mime/message.hpp"

namespace hermod::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Drafts : public ApiFixture {
 protected:
  explicit Drafts(server::ApiOptions options = {}) : ApiFixture(options) {
    listing_.push_back(folder("Drafts", Role::drafts));
    list();
  }
  Answer create(const std::string& body) { return post("G/drafts", body); }
  Answer put(const std::string& id, const std::string& body) { return call("PUT", "G/drafts/" + id, body); }
  std::string raw_of(const std::string& id) {
    return ids::base64url_decode(get("G/messages/" + id + "?fields=raw_mime").at("data.raw_mime"))
        .value_or("");
  }
  std::string file(const std::string& id, const std::string& attachment) {
    return get("G/attachments/" + attachment + "/download?message_id=" + id).body;
  }
};

TEST_F(Drafts, a_new_one_is_shown_at_once) {
  const Answer made = create(
      R"({"to":[{"email":"bob@example.test","name":"Bób"}],"cc":[{"email":"c@example.test"}],"subject":"Größe",)"
      R"("body":"<p>Hello <b>you</b></p>","starred":true,"metadata":{"campaignKey":"x"},"send_at":1900000000,)"
      R"("tracking_options":{"opens":true},"custom_headers":[{"name":"X-Test","value":"1"}],)"
      R"("attachments":[{"filename":"a.txt","content_type":"text/plain","content":"aGk=","size":2}]})");
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(made.at("action_id").size(), 25u);
  const std::string id = made.at("data.id");
  for (const Answer& draft : {made, get("G/drafts/" + id)}) {
    EXPECT_EQ(draft.at("data.id"), id);
    EXPECT_EQ(draft.at("data.object"), "draft");
    EXPECT_EQ(draft.at("data.grant_id"), grant_id());
    EXPECT_EQ(draft.at("data.from[0].email"), "user@example.test");
    EXPECT_EQ(draft.at("data.to[0].name"), "Bób");
    EXPECT_EQ(draft.at("data.subject"), "Größe");
    EXPECT_EQ(draft.at("data.body"), "<p>Hello <b>you</b></p>");
    EXPECT_EQ(draft.at("data.snippet"), "Hello you");
    EXPECT_EQ(draft.at("data.starred"), "true");
    EXPECT_EQ(draft.at("data.unread"), "false");
    EXPECT_EQ(draft.at("data.folders[0]"), folder_id("Drafts"));
    EXPECT_EQ(draft.at("data.metadata.campaignKey"), "x");
    EXPECT_EQ(draft.at("data.send_at"), "1900000000");
    EXPECT_EQ(draft.at("data.tracking_options.opens"), "true");
    EXPECT_EQ(draft.at("data.custom_headers[0].name"), "X-Test");
    EXPECT_EQ(draft.at("data.attachments[0].filename"), "a.txt");
    EXPECT_EQ(file(id, draft.at("data.attachments[0].id")), "hi");
  }
  EXPECT_THAT(raw_of(id), HasSubstr("X-Test: 1\r\n"));
  EXPECT_EQ(get("G/threads/" + made.at("data.thread_id")).at("data.draft_ids[0]"), id);
  EXPECT_EQ(get("G/folders/" + folder_id("Drafts")).at("data.total_count"), "1");
  const Answer action = get("G/actions/" + made.at("action_id"));
  EXPECT_EQ(action.at("data.type"), "draft.create");
  EXPECT_EQ(action.at("data.status"), "pending");
  EXPECT_EQ(action.at("data.target.id"), id);
}

// An application keeps the id of its draft, whatever becomes of its bytes.
TEST_F(Drafts, an_update_keeps_what_it_does_not_name) {
  const std::string id =
      create(R"({"to":[{"email":"bob@example.test"}],"subject":"S1","body":"B1","send_at":1900000000,)"
             R"("custom_headers":[{"name":"List-Id","value":"<x>"}],)"
             R"("attachments":[{"filename":"a.txt","content_type":"text/plain","content":"aGk="}]})")
          .at("data.id");
  const std::string first = get("G/messages/" + id + "?fields=include_headers").body;
  const Answer updated = put(id, R"({"subject":"S2","unread":true})");
  ASSERT_EQ(updated.status, 200) << updated.body;
  EXPECT_EQ(updated.at("data.id"), id);
  EXPECT_EQ(updated.at("data.subject"), "S2");
  EXPECT_EQ(updated.at("data.body"), "B1");
  EXPECT_EQ(updated.at("data.unread"), "true");
  EXPECT_EQ(updated.at("data.to[0].email"), "bob@example.test");
  EXPECT_EQ(updated.at("data.send_at"), "1900000000");
  EXPECT_EQ(file(id, updated.at("data.attachments[0].id")), "hi");
  EXPECT_THAT(raw_of(id), HasSubstr("List-Id: <x>\r\n"));
  EXPECT_THAT(raw_of(id), HasSubstr("Subject: S2\r\n"));
  // The files: named ones stay, others go.
  const Answer kept =
      put(id, R"({"attachments":[{"id":")" + updated.at("data.attachments[0].id") +
                  R"("},{"filename":"b.txt","content_type":"text/plain","content":"eW8="}]})");
  ASSERT_EQ(kept.count("data.attachments"), 2u) << kept.body;
  EXPECT_EQ(file(id, kept.at("data.attachments[0].id")), "hi");
  EXPECT_EQ(file(id, kept.at("data.attachments[1].id")), "yo");
  EXPECT_EQ(put(id, R"({"attachments":[]})").count("data.attachments"), 0u);
  EXPECT_THAT(subjects("G/drafts"), ElementsAre("S2"));
}

// A body that comes when all of the pool's connections are free, and says whether they were.
class WaitingBody : public std::streambuf {
 public:
  WaitingBody(store::Database& database, std::string text) : database_(database), text_(std::move(text)) {}
  bool all_free = false;

 private:
  int_type underflow() override {
    if (gptr() != nullptr) return traits_type::eof();
    auto taken = std::async(std::launch::async, [&] {
      std::vector<store::Connection> all;
      for (int i = 0; i < TestDatabase::connections_max; ++i)
        all.push_back(std::move(database_.connect().value()));
    });
    all_free = taken.wait_for(std::chrono::seconds(20)) == std::future_status::ready;
    setg(text_.data(), text_.data(), text_.data() + text_.size());
    // Whatever holds one goes on only with the body.
    waiting_ = std::move(taken);
    return traits_type::to_int_type(text_.front());
  }

  store::Database& database_;
  std::string text_;
  std::future<void> waiting_;
};

TEST_F(Drafts, a_slow_body_holds_no_connection) {
  const std::string text = R"({"subject":"slow"})";
  WaitingBody body(database_.database(), text);
  std::istream stream(&body);
  const Answer made = call("POST", "G/drafts", stream, text.size());
  EXPECT_EQ(made.status, 200) << made.body;
  EXPECT_TRUE(body.all_free);
  WaitingBody change(database_.database(), text);
  std::istream changes(&change);
  EXPECT_EQ(call("PUT", "G/drafts/" + made.at("data.id"), changes, text.size()).status, 200);
  EXPECT_TRUE(change.all_free);
}

TEST_F(Drafts, changes_at_the_same_time_are_all_kept) {
  const std::string id = create(R"({"subject":"s0"})").at("data.id");
  for (int round = 1; round <= 5; ++round) {
    const std::string n = std::to_string(round);
    std::vector<std::future<int>> puts;
    for (const std::string& change : {R"("subject":"s)" + n + '"', R"("body":"b)" + n + '"',
                                      R"("to":[{"email":"t)" + n + R"(@example.test"}])",
                                      R"("cc":[{"email":"c)" + n + R"(@example.test"}])"}) {
      puts.push_back(
          std::async(std::launch::async, [&, change] { return put(id, "{" + change + "}").status; }));
    }
    for (std::future<int>& each : puts) EXPECT_EQ(each.get(), 200);
    const Answer draft = get("G/drafts/" + id);
    EXPECT_EQ(draft.at("data.subject"), "s" + n);
    EXPECT_EQ(draft.at("data.body"), "b" + n);
    EXPECT_EQ(draft.at("data.to[0].email"), "t" + n + "@example.test");
    EXPECT_EQ(draft.at("data.cc[0].email"), "c" + n + "@example.test");
  }
}

TEST_F(Drafts, a_plain_one_stays_plain) {
  const std::string id = create(R"({"subject":"p","body":"a < b","is_plaintext":true})").at("data.id");
  EXPECT_EQ(get("G/drafts/" + id).at("data.is_plaintext"), "true");
  EXPECT_THAT(put(id, R"({"subject":"q"})").at("data.body"), HasSubstr("a &lt; b"));
  const mime::ParsedMessage parsed = mime::parse_message(raw_of(id));
  EXPECT_FALSE(parsed.has_html);
  EXPECT_EQ(parsed.body_text, "a < b");
}

TEST_F(Drafts, a_reply_joins_its_parents_thread) {
  deliver("INBOX", {{.uid = "1", .subject = "question", .mid = "q@mail.test"}});
  const std::string parent = message_id("question");
  const Answer made =
      create(R"({"subject":"Re: question","body":"yes","reply_to_message_id":")" + parent + R"("})");
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(made.at("data.thread_id"), get("G/messages/" + parent).at("data.thread_id"));
  EXPECT_EQ(made.at("data.reply_to_message_id"), parent);
  const mime::ParsedMessage parsed = mime::parse_message(raw_of(made.at("data.id")));
  EXPECT_THAT(parsed.in_reply_to, ElementsAre("q@mail.test"));
  EXPECT_THAT(parsed.references, ElementsAre("q@mail.test"));
  EXPECT_EQ(create(R"({"reply_to_message_id":"R"})").at("error.type"), "api.invalid_request_error");
}

// Whoever wrote it: what lies in the folder is a draft.
TEST_F(Drafts, those_of_other_clients_are_drafts) {
  deliver("Drafts", {{.uid = "1", .at = 1'700'000'000, .subject = "foreign", .attachment = "file"}});
  deliver("INBOX", {{.uid = "2", .subject = "mail"}});
  const std::string id = message_id("foreign");
  EXPECT_THAT(subjects("G/drafts"), ElementsAre("foreign"));
  EXPECT_EQ(get("G/drafts/" + id).at("data.object"), "draft");
  EXPECT_EQ(get("G/drafts/" + message_id("mail")).status, 404);
  const Answer updated = put(id, R"({"to":[{"email":"new@example.test"}]})");
  ASSERT_EQ(updated.status, 200) << updated.body;
  EXPECT_EQ(updated.at("data.subject"), "foreign");
  EXPECT_EQ(updated.at("data.to[0].email"), "new@example.test");
  EXPECT_EQ(file(id, updated.at("data.attachments[0].id")), "file");
  const Answer deleted = call("DELETE", "G/drafts/" + id);
  EXPECT_EQ(deleted.status, 200);
  EXPECT_EQ(deleted.at("action_id").size(), 25u);
  EXPECT_EQ(get("G/drafts/" + id).status, 404);
  EXPECT_THAT(subjects("G/drafts"), IsEmpty());
}

TEST_F(Drafts, a_list_is_filtered) {
  create(R"({"subject":"one","to":[{"email":"a@example.test"}],"starred":true})");
  create(
      R"({"subject":"two","cc":[{"email":"b@example.test"}],"attachments":[{"filename":"f","content":"aGk="}]})");
  const std::string thread =
      create(R"({"subject":"three","bcc":[{"email":"c@example.test"}]})").at("data.thread_id");
  EXPECT_THAT(subjects("G/drafts?any_email=a%40example.test&any_email=c%40example.test"),
              ::testing::UnorderedElementsAre("one", "three"));
  EXPECT_THAT(subjects("G/drafts?cc=b%40example.test"), ElementsAre("two"));
  EXPECT_THAT(subjects("G/drafts?thread_id=" + thread), ElementsAre("three"));
  EXPECT_THAT(subjects("G/drafts?has_attachment=true"), ElementsAre("two"));
  EXPECT_THAT(subjects("G/drafts?starred=true"), ElementsAre("one"));
  EXPECT_THAT(subjects("G/drafts?subject=thr"), ElementsAre("three"));
  const Answer page = get("G/drafts?limit=2");
  EXPECT_EQ(page.count(), 2u);
  EXPECT_EQ(subjects("G/drafts?limit=2&page_token=" + page.at("next_cursor")).size(), 1u);
  EXPECT_EQ(get("G/messages?page_token=" + page.at("next_cursor")).status, 400);
}

struct Refusal {
  const char* body;
  const char* member;
};

TEST_F(Drafts, bad_input_is_named_and_leaves_nothing) {
  for (const Refusal& refusal :
       {Refusal{R"({"subject":"a\r\nBcc: x@y.test"})", "subject"}, Refusal{R"({"to":"a@b.test"})", "to"},
        Refusal{R"({"to":[{"email":"nobody"}]})", "to[0].email"},
        Refusal{R"({"to":[{"email":5}]})", "to[0].email"}, Refusal{R"({"to":[null]})", "to[0]"},
        Refusal{R"({"attachments":[{"filename":"f","content":"%%%"}]})", "attachments[0].content"},
        Refusal{R"({"attachments":[{"id":"unknown"}]})", "attachments[0].id"},
        Refusal{R"({"custom_headers":[{"name":"X\r\nY","value":"1"}]})", "custom_headers[0].name"},
        Refusal{R"({"send_at":"soon"})", "send_at"}, Refusal{R"({"metadata":{"a":1}})", "metadata.a"}}) {
    const Answer answer = create(refusal.body);
    EXPECT_EQ(answer.at("error.type"), "api.invalid_request_error") << refusal.body;
    EXPECT_THAT(answer.at("error.message"), HasSubstr(refusal.member));
  }
  EXPECT_EQ(value("SELECT count(*) FROM messages"), "0");
  EXPECT_EQ(value("SELECT count(*) FROM actions"), "0");
}

TEST_F(Drafts, unknown_ones_are_not_found) {
  for (const std::string id : {"D", "0000000000000000000000000", "%3Cno%40such%3E"}) {
    EXPECT_EQ(get("G/drafts/" + id).status, 404);
    EXPECT_EQ(put(id, R"({"subject":"x"})").status, 404);
    EXPECT_EQ(call("DELETE", "G/drafts/" + id).status, 404);
  }
}

class NoDraftsFolder : public ApiFixture {};

TEST_F(NoDraftsFolder, is_a_clear_answer) {
  const Answer answer = post("G/drafts", R"({"subject":"x"})");
  EXPECT_EQ(answer.status, 409);
  EXPECT_THAT(answer.at("error.message"), HasSubstr("no drafts folder"));
  EXPECT_EQ(get("G/drafts").count(), 0u);
}

std::string form(const std::string& json, const std::string& name, const std::string& content) {
  return "--b\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\n" + json +
         "\r\n--b\r\nContent-Disposition: form-data; name=\"" + name +
         "\"; filename=\"Ünï %22q%22.bin\"\r\nContent-Type: application/x-test\r\n\r\n" + content +
         "\r\n--b--\r\n";
}

TEST_F(Drafts, files_come_as_parts_of_a_form) {
  std::string content = "\r\n--a\r\n--";
  for (int i = 0; i < 1'000'000; ++i) content += static_cast<char>(i * 7);
  content_type_ = "multipart/form-data; boundary=b";
  const Answer made = create(form(R"({"subject":"form","body":"<img src='cid:pic'>"})", "pic", content));
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(made.at("data.subject"), "form");
  EXPECT_EQ(made.at("data.attachments[0].filename"), "Ünï \"q\".bin");
  EXPECT_EQ(made.at("data.attachments[0].content_type"), "application/x-test");
  EXPECT_EQ(made.at("data.attachments[0].content_id"), "pic");
  EXPECT_EQ(made.at("data.attachments[0].is_inline"), "true");
  EXPECT_EQ(file(made.at("data.id"), made.at("data.attachments[0].id")), content);
  const Answer updated = put(made.at("data.id"), form(R"({"subject":"form2"})", "file0", "small"));
  EXPECT_EQ(updated.count("data.attachments"), 1u);
  EXPECT_FALSE(updated.json->getObject("data")->getArray("attachments")->getObject(0)->has("content_id"));
  EXPECT_EQ(create("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n\r\n--b--").status, 400);
}

}  // namespace
}  // namespace hermod::testing
