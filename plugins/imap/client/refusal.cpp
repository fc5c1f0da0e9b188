#include "plugins/imap/client/refusal.hpp"

#include <charconv>
#include <optional>

#include "plugins/imap/client/hints.hpp"
#include "plugins/imap/wire/ascii.hpp"

namespace hermod::imap {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

bool mentions(std::string_view text, std::string_view lower_case_phrase) {
  return to_lower(text).contains(lower_case_phrase);
}

// Quirk(Microsoft 365): `Request is throttled. Suggested Backoff Time: 3000 milliseconds`.
milliseconds suggested_delay(std::string_view text) {
  constexpr std::string_view phrase = "Suggested Backoff Time: ";
  constexpr milliseconds delay_max = std::chrono::hours{1};
  const auto at = text.find(phrase);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + phrase.size());
  std::uint32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return std::min(milliseconds{value}, delay_max);
}

ErrorScope scope_of(Subject subject) {
  switch (subject) {
    case Subject::mailbox:
      return ErrorScope::collection;
    case Subject::message:
    case Subject::search:
      return ErrorScope::item;
    default:
      return ErrorScope::account;
  }
}

struct Verdict {
  ErrorKind kind;
  ErrorScope scope;
  Retry retry;
  std::string_view message;
  std::string_view hint = {};
};

constexpr Verdict full{ErrorKind::limit, ErrorScope::account, Retry::after(minutes{60}),
                       "a quota of the server is used up",
                       "delete mail, or get a larger mailbox; it is tried again each hour"};

constexpr std::string_view ask_provider = "ask whoever runs the server whether the account may use IMAP";

// A search that cannot be done is the fault of who asked for it: nothing else of the account is.
std::optional<Verdict> by_search(const StatusResponse& response) {
  const auto invalid = [](std::string_view message) {
    return Verdict{ErrorKind::invalid_argument, ErrorScope::item, Retry::never(), message};
  };
  switch (response.code.code) {
    case Code::bad_charset:
      return invalid("the server searches for ASCII texts alone");
    case Code::none:
    case Code::unknown:
    case Code::cannot:
    case Code::client_bug:
    case Code::parse:
    case Code::too_big:
      return invalid("the server refuses this search");
    default:
      return std::nullopt;
  }
}

Verdict by_code(const StatusResponse& response, Subject subject) {
  const auto scope = scope_of(subject);
  const auto account = ErrorScope::account;
  switch (response.code.code) {
    case Code::authentication_failed:
      return {ErrorKind::auth, account, Retry::after_user_action(), "the server refused the credentials",
              hint_credentials};
    case Code::expired:
      return {ErrorKind::auth, account, Retry::after_user_action(), "the credentials have expired",
              "log in again, or set a new password, then connect the account again"};
    case Code::privacy_required:
      return {ErrorKind::denied, account, Retry::after_user_action(), "the server demands encryption",
              "set imap_tls to implicit, usually with port 993, or to starttls"};
    case Code::authorization_failed:
    case Code::contact_admin:
      return {ErrorKind::denied, account, Retry::after_user_action(),
              "the server denies access to the account", ask_provider};
    case Code::no_perm:
      return {ErrorKind::denied, scope, Retry::after_user_action(), "the server denies access",
              "ask whoever owns the mailbox or runs the server for the right to do this"};
    case Code::nonexistent:
    case Code::try_create:
      return {ErrorKind::not_found, scope, Retry::never(), "the mailbox does not exist"};
    case Code::already_exists:
      return {ErrorKind::conflict, scope, Retry::never(), "it exists already"};
    case Code::unavailable:
    case Code::in_use:
      return {ErrorKind::unavailable, scope, Retry::after(), "the server is temporarily unavailable",
              hint_wait};
    case Code::limit:
    case Code::throttled:
      return {ErrorKind::rate_limited, account, Retry::after(), "the server asks to slow down",
              hint_fewer_connections};
    case Code::over_quota:
      return full;
    case Code::expunge_issued:
      return {ErrorKind::conflict, scope, Retry::now(), "the message was expunged meanwhile"};
    case Code::cannot:
    case Code::too_big:
      return {ErrorKind::limit, scope, Retry::never(), "the server cannot do this"};
    case Code::client_bug:
    case Code::parse:
    case Code::server_bug:
    case Code::corruption:
      return {ErrorKind::invalid_data, scope, Retry::after(), "the server could not handle the request",
              hint_wait};
    default:
      break;
  }
  if (subject == Subject::login) {
    // Cyrus sends no code: a bare NO to a login means the credentials; so does the BAD after a cancelled
    // exchange.
    return {ErrorKind::auth, account, Retry::after_user_action(), "the server refused the credentials",
            hint_credentials};
  }
  return {ErrorKind::unavailable, scope, Retry::after(), "the server refused the request", hint_wait};
}

Verdict judge(const StatusResponse& response, Subject subject) {
  const auto& text = response.text;
  const auto account = ErrorScope::account;
  if (mentions(text, "throttled") || mentions(text, "too many simultaneous connections") ||
      mentions(text, "rate limit hit")) {
    return {ErrorKind::rate_limited, account, Retry::after(suggested_delay(text)),
            "the server asks to slow down", hint_fewer_connections};
  }
  // Quirk(Microsoft 365): the login passed, the mailbox refuses: too many recent connections, or IMAP is off.
  if (mentions(text, "authenticated but not connected")) {
    return {ErrorKind::unavailable, account, Retry::after(minutes{5}), "the mailbox is not open to IMAP now",
            "it is tried again by itself; if it lasts, allow IMAP for the mailbox, or fewer connections"};
  }
  // Quirk(163, 126): nothing is selected before an ID was sent that the server likes.
  if (mentions(text, "unsafe login")) {
    return {ErrorKind::denied, account, Retry::after_user_action(), "the server takes this login for unsafe",
            "allow this program in the provider's settings, or use the password that it gives for programs"};
  }
  // Quirk(Gmail): the account's daily traffic is used up.
  if (mentions(text, "exceeded command or bandwidth limits")) {
    return {ErrorKind::rate_limited, account, Retry::after(minutes{60}),
            "the account's traffic limit is used up",
            "it is tried again each hour; other mail programs use the same limit"};
  }
  // Quirk(Dovecot): no code tells that it is gone.
  if (subject == Subject::mailbox && response.code.code == Code::none &&
      mentions(text, "mailbox doesn't exist")) {
    return {ErrorKind::not_found, scope_of(subject), Retry::never(), "the mailbox does not exist"};
  }
  // Quirk(Courier, Exchange): no code tells that the mailbox is full.
  if (mentions(text, "quota exceeded") || mentions(text, "over quota") || mentions(text, "exceeds quota")) {
    return full;
  }
  if (response.condition == Condition::bye && response.code.code == Code::none) {
    return {ErrorKind::unavailable, account, Retry::after(), "the server closed the connection", hint_wait};
  }
  if (subject == Subject::search) {
    if (const auto verdict = by_search(response)) return *verdict;
  }
  return by_code(response, subject);
}

}  // namespace

Error refusal(const StatusResponse& response, Subject subject) {
  const auto verdict = judge(response, subject);
  // Texts of refused logins and mailboxes repeat their names; so may a code that is none of those known.
  const bool known = response.code.code != Code::unknown;
  return Error{verdict.kind,
               verdict.scope,
               verdict.retry,
               std::string(verdict.message),
               {},
               std::string(verdict.hint),
               known ? response.code.name : std::string()};
}

}  // namespace hermod::imap
