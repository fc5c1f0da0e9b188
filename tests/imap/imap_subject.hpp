// The IMAP provider under the laws of the contract, on a server in memory.
#pragma once

#include "plugins/imap/provider.hpp"
#include "core/conformance/laws.hpp"
#include "tests/imap/server/memory_net.hpp"
#include "tests/support/test_host.hpp"

namespace hermod::imap::test {

class ImapSubject final : public conformance::Subject {
 public:
  explicit ImapSubject(ServerOptions options);

  hermod::test::SteppedStrand& strand() override { return strand_; }
  Provider& provider() override { return provider_; }
  Result<std::unique_ptr<Session>> open(const conformance::ModelStore& store, const std::string&) override;
  conformance::OtherClient& other_client() override { return *client_; }
  bool lose_next_answer() override {
    net_.faults().lose_answer_of_write = true;
    return true;
  }
  conformance::Quirks quirks() const override;
  conformance::Searches searches(const std::string& message_id) const override;
  std::int64_t unix_now() const override {
    return 1'800'000'000 + std::chrono::duration_cast<std::chrono::seconds>(strand_.now() - began_).count();
  }
  void let_time_pass(std::chrono::hours hours) override { strand_.advance(hours); }

  StoredMailbox& mailbox() { return mailbox_; }
  MemoryNet& net() { return net_; }

 private:
  hermod::test::InlineStrand strand_;
  TimePoint began_ = strand_.now();
  StoredMailbox mailbox_;
  MemoryNet net_;
  std::unique_ptr<conformance::OtherClient> client_;
  ImapProvider provider_;
  std::vector<std::unique_ptr<hermod::test::TestHost>> hosts_;
};

conformance::MakeSubject imap_subject(ServerOptions options);

}  // namespace hermod::imap::test
