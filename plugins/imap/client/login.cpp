#include "plugins/imap/client/login.hpp"

#include <hermod/race.hpp>

#include "plugins/imap/client/authenticate.hpp"
#include "plugins/imap/client/limits.hpp"

namespace hermod::imap {
namespace {

// A malformed ID is answered by BAD, an unwelcome one by NO; neither matters.
constexpr std::string_view identification = "ID (\"name\" \"Hermod\" \"version\" \"0.1\")";

// It may be a downgrade: nothing is sent. It may be a server in the middle of its set-up: it is tried again.
Error encryption_refused(std::string_view why) {
  return {ErrorKind::denied,
          ErrorScope::account,
          Retry::after(std::chrono::minutes{10}),
          std::string(why),
          {},
          "Use implicit TLS, usually on port 993, or ask the provider.",
          {}};
}

// Whether the greeting was PREAUTH: then there is nothing to log in to.
Task<Result<bool>> read_greeting(Connection& connection) {
  auto response = co_await connection.receive(greeting_wait_max);
  if (!response) co_return std::move(response).error();
  const auto* status = std::get_if<StatusResponse>(&*response);
  if (status == nullptr || !status->tag.empty()) {
    co_return Error{ErrorKind::invalid_data,
                    ErrorScope::account,
                    Retry::after(),
                    "this is no IMAP server",
                    {},
                    "check host, port and imap_tls",
                    {}};
  }
  if (status->condition == Condition::ok) co_return false;
  if (status->condition == Condition::preauth) co_return true;
  co_return refusal(*status, Subject::session);
}

Task<Status> ask_capabilities(Connection& connection) {
  const auto reply = co_await connection.run(Command("CAPABILITY"), Subject::session);
  co_return reply ? ok() : Status(reply.error());
}

// After a PREAUTH on a clear port STARTTLS is impossible: it may be a downgrade, so it is refused.
Task<Status> start_tls(Connection& connection, bool preauthenticated) {
  if (preauthenticated) co_return encryption_refused("the server skips STARTTLS");
  if (!connection.capabilities().known()) {
    if (auto asked = co_await ask_capabilities(connection); !asked) co_return asked;
  }
  if (!connection.capabilities().has("STARTTLS"))
    co_return encryption_refused("the server offers no STARTTLS");
  const auto reply = co_await connection.run(Command("STARTTLS"), Subject::session);
  if (!reply) co_return encryption_refused("the server refused STARTTLS");
  co_return co_await connection.start_tls();
}

// Some servers (163, 126) want an ID before they select anything; reports differ on before or after the
// login.
Task<Status> identify(Connection& connection) {
  if (!connection.capabilities().has("ID")) co_return ok();
  const auto reply = co_await connection.run(Command(identification), Subject::session);
  co_return connection.is_open() ? ok() : Status(reply.error());
}

Task<Status> log_in(Connection& connection, const AccountSettings& account) {
  if (!connection.capabilities().known()) {
    if (auto asked = co_await ask_capabilities(connection); !asked) co_return asked;
  }
  if (auto identified = co_await identify(connection); !identified) co_return identified;
  // The list before login is the shorter one. The new one comes in the reply, untagged, or (Courier) not at
  // all.
  const auto lists_seen = connection.capability_lists_seen();
  if (auto authenticated = co_await authenticate(connection, account); !authenticated)
    co_return authenticated;
  if (connection.capability_lists_seen() != lists_seen) co_return ok();
  co_return co_await ask_capabilities(connection);
}

std::optional<Command> enabling(const Capabilities& capabilities) {
  // Quirk(iCloud): with QRESYNC on, VANISHED named mail that was still there.
  const bool icloud = capabilities.has("XAPPLEPUSHSERVICE");
  if (!capabilities.enable()) return std::nullopt;
  if (capabilities.has("QRESYNC") && !icloud) return Command("ENABLE QRESYNC");
  return capabilities.has("CONDSTORE") ? std::optional(Command("ENABLE CONDSTORE")) : std::nullopt;
}

// Sent in one write; a refusal of one matters to nothing.
class Setup final : public Conversation {
 public:
  explicit Setup(const Capabilities& capabilities) {
    if (capabilities.has("ID")) commands_.emplace_back(identification);
    if (auto command = enabling(capabilities)) commands_.push_back(*std::move(command));
  }
  std::optional<Command> next_command() override {
    return next_ < commands_.size() ? std::optional(commands_[next_++]) : std::nullopt;
  }
  void on_response(Response) override {}
  void on_completed(std::size_t, StatusResponse) override {}
  std::uint64_t bytes_kept() const override { return 0; }

 private:
  std::vector<Command> commands_;
  std::size_t next_ = 0;
};

// The host's TLS does not compress, so nothing is compressed twice (RFC 4978 §3). A refusal does not matter.
Task<Status> compress(Connection& connection) {
  const auto reply = co_await connection.run(Command("COMPRESS DEFLATE"), Subject::session);
  if (reply) connection.start_compression();
  co_return connection.is_open() ? ok() : Status(reply.error());
}

Task<Status> establish(Connection& connection, const AccountSettings& account, Use use) {
  const auto preauthenticated = co_await read_greeting(connection);
  if (!preauthenticated) co_return preauthenticated.error();
  if (account.encryption == Encryption::starttls) {
    if (auto started = co_await start_tls(connection, *preauthenticated); !started) co_return started;
  }
  if (!*preauthenticated) {
    if (auto logged_in = co_await log_in(connection, account); !logged_in) co_return logged_in;
  } else if (!connection.capabilities().known()) {
    if (auto asked = co_await ask_capabilities(connection); !asked) co_return asked;
  }
  if (use == Use::work && connection.capabilities().compression()) {
    if (auto compressed = co_await compress(connection); !compressed) co_return compressed;
  }
  Setup setup(connection.capabilities());
  co_return co_await connection.converse(setup, pipeline_depth_max);
}

}  // namespace

Task<Result<std::unique_ptr<Connection>>> open_connection(Host& host, const AccountSettings& account,
                                                          Use use) {
  ConnectOptions options;
  options.host = account.host;
  options.port = account.port;
  options.tls.mode = account.encryption == Encryption::implicit ? TlsMode::implicit : TlsMode::none;
  options.tls.authority_pem = account.authority_pem;
  auto stream = co_await host.net().connect(std::move(options));
  if (!stream) co_return std::move(stream).error();
  auto connection = std::make_unique<Connection>(host, *std::move(stream));
  if (auto established = co_await establish(*connection, account, use); !established) {
    co_return std::move(established).error();
  }
  co_return std::move(connection);
}

Task<Status> log_out(Connection& connection) {
  if (connection.is_open())
    (void)co_await with_deadline(connection.run(Command("LOGOUT"), Subject::session), logout_wait_max);
  connection.close();
  co_return ok();
}

}  // namespace hermod::imap
