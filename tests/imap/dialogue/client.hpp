// The IMAP provider talking to scripted servers. Test support.
#pragma once

#include <memory>
#include <string>

#include "plugins/imap/provider.hpp"
#include "tests/imap/dialogue/dialogue.hpp"
#include "tests/support/test_host.hpp"

namespace hermod::imap::test {

// What the first lines are on every connection; the client's next tag is A2.
inline std::string login(const std::string& capabilities = {}) {
  return "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\n"
         "C: A1 AUTHENTICATE PLAIN AHNvbWVvbmUAc2VjcmV0\n"
         "S: A1 OK [CAPABILITY IMAP4rev1 " +
         capabilities + "] in\n";
}

// `kind scope retry[:milliseconds] [code]`, or `ok`.
template <class T>
std::string described(const Result<T>& result) {
  if (result) return "ok";
  constexpr std::string_view when[] = {"never", "now", "after", "after_user_action"};
  const Error& error = result.error();
  std::string text(to_string(error.kind));
  text +=
      ' ' + std::string(to_string(error.scope)) + ' ' + std::string(when[static_cast<int>(error.retry.when)]);
  if (error.retry.delay.count() != 0) text += ':' + std::to_string(error.retry.delay.count());
  if (!error.provider_code.empty()) text += ' ' + error.provider_code;
  return text;
}

class ScriptedHost final : public hermod::test::TestHost {
 public:
  ScriptedHost(Strand& strand, std::vector<Dialogue> dialogues)
      : TestHost(strand), net_(TestHost::clock(), std::move(dialogues)) {}
  DialogueNet& net() override { return net_; }

 private:
  DialogueNet net_;
};

class ScriptedClient {
 public:
  explicit ScriptedClient(std::vector<Dialogue> dialogues) : host_(strand_, std::move(dialogues)) {}
  explicit ScriptedClient(const std::vector<std::string>& scripts)
      : ScriptedClient(std::vector<Dialogue>(scripts.begin(), scripts.end())) {}

  Result<std::unique_ptr<Session>> open(const std::string& tls = "implicit") {
    const Settings settings({{"imap_host", "mail.example"}, {"imap_username", "someone"}, {"imap_tls", tls}});
    const Credentials credentials{Settings({{"imap_password", "secret"}})};
    return strand_.run(provider_.open(settings, credentials, host_));
  }
  hermod::test::InlineStrand& strand() { return strand_; }
  const DialogueNet& net() { return host_.net(); }

 private:
  hermod::test::InlineStrand strand_;
  ScriptedHost host_;
  ImapProvider provider_;
};

}  // namespace hermod::imap::test
