#include "plugins/imap/client/authenticate.hpp"

#include "plugins/imap/client/hints.hpp"
#include "plugins/imap/client/limits.hpp"
#include "plugins/imap/wire/base64.hpp"
#include "plugins/imap/wire/sasl.hpp"

namespace hermod::imap {
namespace {

// One SASL exchange: what is sent, in order; the first may ride on the command itself.
struct SaslExchange {
  std::string mechanism;
  std::vector<std::string> messages;  // before base64
  std::string failure_answer;         // to a challenge beyond the messages
};

Error mechanism_missing() {
  return {ErrorKind::denied,
          ErrorScope::account,
          Retry::after_user_action(),
          "the server offers no way to log in that fits the credentials",
          {},
          "Check the port and the encryption; some servers allow a login only after STARTTLS.",
          {}};
}

// An empty first response is `=`, else it would look like none.
std::string initial_response(std::string_view message) {
  return message.empty() ? "=" : base64_encode(message);
}

Task<Status> run_sasl(Connection& connection, SaslExchange sasl) {
  Command command("AUTHENTICATE " + sasl.mechanism);
  std::size_t next = 0;
  if (connection.capabilities().has("SASL-IR")) command.words(initial_response(sasl.messages[next++]));
  auto tag = co_await connection.send(std::move(command));
  if (!tag) co_return std::move(tag).error();
  std::size_t challenges = 0;
  const auto octets_before = connection.octets_read();
  for (;;) {
    auto response = co_await connection.receive(silence_max);
    if (!response) co_return std::move(response).error();
    if (connection.octets_read() - octets_before > answer_octets_max) co_return answer_too_long();
    if (std::holds_alternative<Continuation>(*response)) {
      if (++challenges > login_challenges_max) {
        connection.close();
        co_return Error{ErrorKind::limit,
                        ErrorScope::account,
                        Retry::never(),
                        "the server never ends the login",
                        {},
                        std::string(hint_wait),
                        {}};
      }
      const auto& message = next < sasl.messages.size() ? sasl.messages[next++] : sasl.failure_answer;
      if (auto sent = co_await connection.send_line(base64_encode(message)); !sent) co_return sent;
    } else if (const auto* status = std::get_if<StatusResponse>(&*response); status && status->tag == *tag) {
      if (status->condition != Condition::ok) co_return refusal(*status, Subject::login);
      co_return ok();
    }
  }
}

Task<Status> log_in_with_password(Connection& connection, const AccountSettings& account) {
  const auto& capabilities = connection.capabilities();
  // In the clear it means every way to send a password, whatever is offered beside it; over TLS only the
  // command LOGIN (RFC 9051 §6.2.3).
  if (capabilities.has("LOGINDISABLED") && !connection.encrypted()) co_return mechanism_missing();
  if (capabilities.has("AUTH=PLAIN")) {
    co_return co_await run_sasl(connection, {"PLAIN", {sasl_plain(account.username, account.password)}, {}});
  }
  if (!capabilities.has("LOGINDISABLED")) {
    const auto reply = co_await connection.run(
        Command("LOGIN").astring(account.username).astring(account.password), Subject::login);
    co_return reply ? ok() : Status(reply.error());
  }
  if (capabilities.has("AUTH=LOGIN")) {
    co_return co_await run_sasl(connection, {"LOGIN", {account.username, account.password}, {}});
  }
  co_return mechanism_missing();
}

Task<Status> log_in_with_token(Connection& connection, const AccountSettings& account) {
  const auto& capabilities = connection.capabilities();
  const bool bearer = capabilities.has("AUTH=OAUTHBEARER");
  if (!bearer && !capabilities.has("AUTH=XOAUTH2")) co_return mechanism_missing();
  auto token = co_await connection.host().tokens().access_token(false);
  if (!token) co_return std::move(token).error();
  if (bearer) {
    auto message = sasl_oauthbearer({account.username, account.host, account.port, *token});
    co_return co_await run_sasl(
        connection, {"OAUTHBEARER", {std::move(message)}, std::string(oauthbearer_failure_answer)});
  }
  co_return co_await run_sasl(
      connection, {"XOAUTH2", {sasl_xoauth2(account.username, *token)}, std::string(xoauth2_failure_answer)});
}

}  // namespace

Task<Status> authenticate(Connection& connection, const AccountSettings& account) {
  if (account.password.empty()) co_return co_await log_in_with_token(connection, account);
  co_return co_await log_in_with_password(connection, account);
}

}  // namespace hermod::imap
