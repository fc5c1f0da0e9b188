// The REST API in process: the real router, dispatcher and handlers on a real database that real pages were
// ingested into. Only the provider is made up.
#pragma once

#include <Poco/JSON/Query.h>

#include <sstream>

#include "core/store/request_store.hpp"
#include "server/api/api.hpp"
#include "server/auth/api_key_authenticator.hpp"
#include "server/http/dispatcher.hpp"
#include "server/json/body.hpp"
#include "store/account_fixture.hpp"

namespace hermod::testing {

// A message of the mailbox that a test works on; what it does not care for has a value.
struct Mail {
  std::string uid;
  std::int64_t at = 1'700'000'000;
  std::string from = "Ann <ann@example.test>";
  std::string to = "bob@example.test";
  std::string cc = "", bcc = "";
  std::string subject = "plain";
  std::string mid = "";         // without brackets; empty: made from the uid
  std::string parent = "";      // Message-ID that it answers
  std::string attachment = "";  // the text of a file report.txt
  int flags = 0;

  std::string raw() const;
  Item item() const;
};

struct Answer {
  int status = 0;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  Poco::JSON::Object::Ptr json;

  // "data[0].id"; "" where there is nothing.
  std::string at(const std::string& path) const;
  std::size_t count(const std::string& path = "data") const;      // of a list's members
  std::vector<std::string> all(const std::string& member) const;  // of each object of `data`
  std::string header(const std::string& name) const;
};

class FakeVerifier final : public server::AccountVerifier {
 public:
  Status verify(const std::string& given_provider, const Settings& settings,
                const Settings& given_secrets) override {
    provider = given_provider;
    plain = settings;
    secrets = given_secrets;
    ++calls;
    return outcome;
  }
  std::string provider;
  Settings plain, secrets;
  int calls = 0;
  Status outcome = ok();
};

// A session that answers at once, with messages that the test chose.
class FakeLiveAccounts final : public server::LiveAccounts {
 public:
  Result<std::string> ask(const ids::ObjectId&, store::RequestKind kind,
                          std::vector<std::string> given) override {
    EXPECT_EQ(kind, store::RequestKind::search);
    argument = std::move(given);
    ++calls;
    return answer;
  }
  std::vector<std::string> argument;
  int calls = 0;
  Result<std::string> answer = std::string();
};

class FakeDetector final : public server::ProviderDetector {
 public:
  Result<std::optional<server::DetectedProvider>> detect(const std::string& address) override {
    if (!address.ends_with("@known.test")) return std::optional<server::DetectedProvider>();
    return std::optional(server::DetectedProvider{"memory", {}});
  }
};

class ApiFixture : public AccountFixture {
 protected:
  explicit ApiFixture(server::ApiOptions options = {}, std::int64_t per_second_key = 100'000,
                      std::int64_t per_second_grant = 100'000);

  // `target` begins after /v3 when it does not name that itself; "G" stands for the fixture's grant.
  Answer call(const std::string& method, const std::string& target, const std::string& body = "");
  Answer call(const std::string& method, const std::string& target, std::istream& body, std::size_t size);
  Answer get(const std::string& target) { return call("GET", target); }
  Answer post(const std::string& target, const std::string& body) { return call("POST", target, body); }

  std::string grant_id() const { return ids::to_public(grant_.account_id); }
  std::string folder_id(const std::string& name) { return ids::to_public(states_.at(name).collection_id); }
  // The message's id, found by its subject.
  std::string message_id(const std::string& subject);
  // The subjects of a list, in its order.
  std::vector<std::string> subjects(const std::string& target);

  void deliver(const std::string& folder_name, const std::vector<Mail>& mails,
               PageKind kind = PageKind::snapshot);
  void remove(const std::string& folder_name, const std::vector<std::string>& uids);
  void fill_search();
  // Another application's key, which the calls use from then on.
  void use_key_of_another_application();

  FakeVerifier verifier_;
  FakeDetector detector_;
  FakeLiveAccounts live_;
  server::Metrics metrics_;
  server::Router router_;
  std::optional<server::ApiKeyAuthenticator> authenticator_;
  std::optional<server::Dispatcher> dispatcher_;
  std::string key_;
  std::string content_type_;  // of the calls' bodies; empty: none
  std::string second_application_;
};

}  // namespace hermod::testing
