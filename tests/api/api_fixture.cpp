#include "api/api_fixture.hpp"

#include <Poco/JSON/Array.h>

#include "core/ids/text_encoding.hpp"
#include "core/store/search_fill.hpp"

namespace hermod::testing {

namespace {

std::vector<server::OfferedProvider> offered_providers() {
  using enum SettingType;
  std::vector<SettingDeclaration> settings = {
      {.key = "login_username", .required = true, .description = "user name"},
      {.key = "login_password", .use = SettingUse::secret, .required = true, .description = "password"},
      {.key = "login_host", .description = "server"},
      {.key = "login_port", .type = integer, .description = "port", .minimum = 1, .maximum = 65535},
      {.key = "login_tls", .type = boolean, .description = "whether TLS is used"},
      {.key = "login_kind", .description = "kind", .choices = {"plain", "fancy"}},
      {.key = "debug", .use = SettingUse::operator_, .description = "of the operator"},
  };
  return {{"memory", std::move(settings), {"search/1"}}};
}

std::string header_line(const std::string& name, const std::string& value) {
  return value.empty() ? "" : name + ": " + value + "\r\n";
}

}  // namespace

std::string Mail::raw() const {
  const std::string own_id = mid.empty() ? "m" + uid + "@mail.test" : mid;
  std::string text = header_line("From", from) + header_line("To", to) + header_line("Cc", cc) +
                     header_line("Bcc", bcc) + header_line("Subject", subject) +
                     header_line("Message-ID", "<" + own_id + ">");
  if (!parent.empty())
    text += header_line("In-Reply-To", "<" + parent + ">") + header_line("References", "<" + parent + ">");
  const std::string content = "Content-Type: text/plain\r\n\r\nbody of " + uid + "\r\n";
  if (attachment.empty()) return text + "MIME-Version: 1.0\r\n" + content;
  return text + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=xx\r\n\r\n--xx\r\n" + content +
         "--xx\r\nContent-Type: text/plain; name=report.txt\r\nContent-Disposition: attachment; "
         "filename=\"report \xc3\xa9.txt\""
         "\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
         ids::base64_encode(attachment) + "\r\n--xx--\r\n";
}

Item Mail::item() const {
  Item item;
  item.remote_id.bytes = uid;
  item.received_at = at;
  item.flags.bits = static_cast<std::uint16_t>(flags);
  item.payload = PayloadKind::message;
  item.raw = raw();
  item.size = item.raw.size();
  return item;
}

std::string Answer::at(const std::string& path) const {
  const auto found = Poco::JSON::Query(json).find(path);
  return found.isEmpty() ? "" : found.toString();
}
std::size_t Answer::count(const std::string& path) const {
  const auto array = Poco::JSON::Query(json).findArray(path);
  return array.isNull() ? 0 : array->size();
}
std::vector<std::string> Answer::all(const std::string& member) const {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < count(); ++i) values.push_back(at("data[" + std::to_string(i) + "]." + member));
  return values;
}
std::string Answer::header(const std::string& name) const {
  for (const auto& [field, value] : headers) {
    if (field == name) return value;
  }
  return "";
}

ApiFixture::ApiFixture(server::ApiOptions options, std::int64_t per_second_key,
                       std::int64_t per_second_grant) {
  server::add_routes(router_, {database_.database(), *blobs_, *keys_, verifier_, detector_, live_,
                               offered_providers(), options});
  authenticator_.emplace(database_.database());
  dispatcher_.emplace(router_,
                      server::Dispatcher::Options{[this](const server::Request& request) {
                                                    return authenticator_->authenticate(request);
                                                  },
                                                  per_second_key, per_second_grant},
                      metrics_);
  auto connection = database_.connect();
  key_ = store::create_api_key(connection, application_.application_id, "test")->secret;
}

Answer ApiFixture::call(const std::string& method, const std::string& target, const std::string& body) {
  std::istringstream stream(body);
  return call(method, target, stream, body.size());
}

Answer ApiFixture::call(const std::string& method, const std::string& target, std::istream& body,
                        std::size_t size) {
  std::string path = target.starts_with("G") ? "/v3/grants/" + grant_id() + target.substr(1) : target;
  server::Request request;
  if (!key_.empty()) request.headers.add("Authorization", "Bearer " + key_);
  if (!content_type_.empty()) request.headers.add("Content-Type", content_type_);
  request.body = server::RequestBody(body, size);
  server::Reply reply = dispatcher_->dispatch(method, path, request);
  Answer answer{reply.status, reply.body, reply.headers, {}};
  answer.headers.emplace_back("Content-Type", reply.content_type);
  if (reply.stream) {
    std::ostringstream out;
    if (Status streamed = reply.stream(out); !streamed) ADD_FAILURE() << streamed.error().message;
    answer.body = out.str();
    EXPECT_EQ(reply.stream_bytes, answer.body.size());
  } else {
    auto parsed = server::parse_json_object(answer.body);
    EXPECT_TRUE(parsed) << answer.body;
    if (parsed) answer.json = *parsed;
    EXPECT_EQ(answer.body.find("[null"), std::string::npos) << "null in an array";
    EXPECT_EQ(answer.at("request_id"), answer.header("X-Request-Id"));
  }
  return answer;
}

std::string ApiFixture::message_id(const std::string& subject) {
  const std::string uuid = value("SELECT message_id FROM messages WHERE subject = '" + subject + "'");
  return ids::to_public(ids::parse_uuid_text(uuid).value_or(ids::ObjectId{}));
}

std::vector<std::string> ApiFixture::subjects(const std::string& target) {
  const Answer answer = get(target);
  EXPECT_EQ(answer.status, 200) << answer.body;
  return answer.all("subject");
}

void ApiFixture::deliver(const std::string& folder_name, const std::vector<Mail>& mails, PageKind kind) {
  PageInput page{kind};
  for (const Mail& mail : mails) page.items.push_back(mail.item());
  auto done = ingest(folder_name, std::move(page));
  ASSERT_TRUE(done) << done.error().message << " " << done.error().detail;
}

void ApiFixture::remove(const std::string& folder_name, const std::vector<std::string>& uids) {
  PageInput page;
  page.removed = uids;
  ASSERT_TRUE(ingest(folder_name, std::move(page)));
}

void ApiFixture::fill_search() {
  auto connection = database_.connect();
  for (int step = 0; step < 100; ++step) {
    auto filled = store::fill_search(connection, grant_.account_id);
    ASSERT_TRUE(filled) << filled.error().detail;
    if (filled->caught_up) return;
  }
  FAIL() << "search does not catch up";
}

void ApiFixture::use_key_of_another_application() {
  auto connection = database_.connect();
  auto application = store::create_application(connection, "another");
  ASSERT_TRUE(application);
  second_application_ = ids::to_public(application->application_id);
  key_ = store::create_api_key(connection, application->application_id, "other")->secret;
}

}  // namespace hermod::testing
