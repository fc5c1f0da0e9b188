#include "tests/imap/servers/server_subject.hpp"
#include "tests/support/no_metrics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <regex>
#include <stdexcept>

#include "core/host/account_host.hpp"
#include "plugins/imap/provider.hpp"
#include "core/conformance/known_of_model.hpp"
#include "core/conformance/runtime_strand.hpp"

namespace hermod::imap::test {
namespace {

using conformance::Delivered;
using conformance::ModelStore;

std::string internal_date(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[40];
  std::strftime(text, sizeof text, "%d-%b-%Y %H:%M:%S +0000", &parts);
  return text;
}

std::int64_t seconds_of(const std::string& internal_date) {
  std::tm parts{};
  const char* zone = strptime(internal_date.c_str(), " %d-%b-%Y %H:%M:%S ", &parts);
  if (zone == nullptr) throw std::runtime_error("no date: " + internal_date);
  const int offset = std::stoi(zone);
  return timegm(&parts) - (offset / 100 * 60 + offset % 100) * 60;
}

// What was delivered, as the server gives it back: `... INTERNALDATE "..." ... BODY[] {n}CRLF...`.
Delivered delivered_of(const std::string& fetched) {
  constexpr std::string_view date = "INTERNALDATE \"", body = "BODY[] ";
  const std::size_t date_at = fetched.find(date), body_at = fetched.find(body);
  if (date_at == std::string::npos || body_at == std::string::npos) throw std::runtime_error("no message");
  Delivered delivered{{}, seconds_of(fetched.substr(date_at + date.size()))};
  const std::size_t value = body_at + body.size();
  if (fetched[value] == '{') {
    const std::size_t begin = fetched.find("\r\n", value) + 2;
    delivered.raw = fetched.substr(begin, std::stoul(fetched.substr(value + 1)));
  } else {  // quoted: short and plain
    delivered.raw = fetched.substr(value + 1, fetched.find('"', value + 1) - value - 1);
  }
  return delivered;
}

class OtherServerClient final : public conformance::OtherClient {
 public:
  OtherServerClient(ServerProcess& server, std::string user, bool early_dates)
      : server_(server),
        user_(std::move(user)),
        early_dates_(early_dates),
        program_(server.port(), server.naming(), user_, ServerProcess::password) {}

  bool create_folder(const std::string& path) override {
    return program_.command("CREATE " + program_.name(path)).ok;
  }
  void rename_folder(const std::string& path, const std::string& to) override {
    must(program_.command("RENAME " + program_.name(path) + " " + program_.name(to)));
  }
  // Those below it first: a server keeps them, or refuses.
  void delete_folder(const std::string& path) override {
    const std::string own = program_.name(path);
    std::vector<std::string> below;
    const std::string pattern = program_.name(path + "/*");
    for (const std::string& line : program_.command("LIST \"\" " + pattern).untagged) {
      const std::size_t separator = line.find(" \"" + std::string(1, server_.naming().separator) + "\" ");
      if (!line.starts_with("* LIST ") || separator == std::string::npos) continue;
      const std::string name = line.substr(separator + 5);
      below.push_back(name.starts_with('"') ? name : '"' + name + '"');
    }
    std::ranges::sort(below, std::greater<>());
    for (const std::string& name : below) program_.command("DELETE " + name);
    program_.command("DELETE " + own);
  }
  std::optional<Delivered> deliver(const std::string& path, const std::string& raw,
                                   std::int64_t received_at) override {
    if (received_at < 0 && !early_dates_) return std::nullopt;
    const std::string where = "APPEND " + program_.name(path) + " \"" + internal_date(received_at) + "\"";
    if (!program_.command(where, raw).ok) return std::nullopt;
    program_.select(path);
    return delivered_of(program_.command("UID FETCH * (INTERNALDATE BODY.PEEK[])").after(" FETCH "));
  }
  void set_flags(const std::string& path, const std::string& message_id, FlagSet flags) override {
    std::string list;
    if (flags.has(Flag::seen)) list += " \\Seen";
    if (flags.has(Flag::flagged)) list += " \\Flagged";
    if (flags.has(Flag::answered)) list += " \\Answered";
    const std::string uid = uid_of(path, message_id);
    must(program_.command("UID STORE " + uid + " FLAGS (" + (list.empty() ? list : list.substr(1)) + ")"));
  }
  void move(const std::string& path, const std::string& message_id, const std::string& to) override {
    if (program_.has("MOVE")) {
      must(program_.command("UID MOVE " + uid_of(path, message_id) + " " + program_.name(to)));
    } else {
      copy(path, message_id, to);
      expunge(path, message_id);
    }
  }
  void copy(const std::string& path, const std::string& message_id, const std::string& to) override {
    must(program_.command("UID COPY " + uid_of(path, message_id) + " " + program_.name(to)));
  }
  void expunge(const std::string& path, const std::string& message_id) override {
    must(program_.command("UID STORE " + uid_of(path, message_id) + " +FLAGS (\\Deleted)"));
    must(program_.command("EXPUNGE"));
  }
  // Up and down in turn.
  void invalidate_cursors(const std::string& path) override {
    constexpr std::uint32_t high = 1'900'000'000, low = 1'000'000'000;
    const std::uint32_t number = ++renumbered_;
    program_.command("UNSELECT");
    server_.renumber(user_, path, (number % 2 == 1 ? high : low) + number);
    program_.reconnect();
  }

 private:
  static void must(const Reply& reply) {
    if (!reply.ok) throw std::runtime_error("the server refuses: " + reply.status);
  }
  std::string uid_of(const std::string& path, const std::string& message_id) {
    program_.select(path);
    const Reply found = program_.command("UID SEARCH HEADER Message-ID \"<" + message_id + ">\"");
    const std::string uids = found.after("* SEARCH ");
    if (uids.empty()) throw std::runtime_error("no such message: " + message_id + " " + found.status);
    return uids.substr(0, uids.find(' '));
  }

  ServerProcess& server_;
  std::string user_;
  bool early_dates_;
  MailProgram program_;
  std::uint32_t renumbered_ = 0;
};

// An error line that no test announced is a failure.
struct FailingLog final : Log {
  bool enabled(LogLevel level) const noexcept override { return level == LogLevel::error; }
  void write(LogLevel level, std::string_view event, std::vector<LogField> fields) override {
    if (level != LogLevel::error) return;
    std::string text(event);
    for (const LogField& field : fields) text += " " + std::string(field.key) + "=" + field.value;
    ADD_FAILURE() << "logged as an error: " << text;
  }
};
host::EgressPolicy with_private_hosts() {
  host::EgressPolicy policy;
  policy.private_hosts = host::PrivateHosts::allowed;
  return policy;
}

class ServerSubject final : public conformance::Subject {
 public:
  ServerSubject(ServerKind kind, ServerProcess& server)
      : kind_(std::move(kind)),
        server_(server),
        user_(server.new_user()),
        client_(server, user_, kind_.early_dates) {
    client_.create_folder("Trash");
  }

  conformance::SteppedStrand& strand() override { return strand_; }
  Provider& provider() override { return provider_; }
  Result<std::unique_ptr<Session>> open(const ModelStore& store, const std::string&) override {
    accounts_.push_back(std::make_unique<Account>(*this, store));
    const Settings settings({{"imap_host", "127.0.0.1"},
                             {"imap_port", std::int64_t{server_.port()}},
                             {"imap_tls", "none"},
                             {"imap_username", user_}});
    const Credentials credentials{Settings({{"imap_password", ServerProcess::password}})};
    return strand_.run(provider_.open(settings, credentials, accounts_.back()->host));
  }
  conformance::OtherClient& other_client() override { return client_; }
  conformance::Quirks quirks() const override {
    conformance::Quirks quirks;
    quirks.inbox = "INBOX";
    quirks.trash = "Trash";
    quirks.absent_facets = kind_.absent_facets;
    quirks.connections_end = true;
    return quirks;
  }
  conformance::Effort effort() const override {
    return {.rounds = 6, .deaths = 8, .cancelled_times = 1, .cancelled_stride = 3, .cut_writes = 10};
  }
  conformance::Searches searches(const std::string& message_id) const override {
    return {"HEADER Message-ID <" + message_id + ">", "HEADER Message-ID"};
  }
  std::int64_t unix_now() const override { return 1'750'000'000; }  // of what is delivered, only

 private:
  struct Account {
    Account(ServerSubject& subject, const ModelStore& store)
        : known(store),
          host({.egress = subject.egress_,
                .log = subject.log_,
                .metrics = subject.metrics_,
                .plugin = "imap",
                .account = {},
                .known = &known}) {}
    conformance::KnownOfModel known;
    host::AccountHost host;
  };

  ServerKind kind_;
  ServerProcess& server_;
  std::string user_;
  OtherServerClient client_;
  FailingLog log_;
  hermod::testing::NoMetrics metrics_;
  conformance::RuntimeStrand strand_;
  host::Egress egress_{strand_.runtime(), with_private_hosts()};
  ImapProvider provider_;
  std::vector<std::unique_ptr<Account>> accounts_;  // a session's must outlive it
};

}  // namespace

conformance::MakeSubject server_subject(ServerKind kind, ServerProcess& server) {
  return [=, &server] { return std::make_unique<ServerSubject>(kind, server); };
}

}  // namespace hermod::imap::test
