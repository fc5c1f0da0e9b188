#include "plugins/imap/client/mailbox.hpp"

#include "plugins/imap/client/kept.hpp"

namespace hermod::imap {
namespace {

enum class Access : std::uint8_t { read_only, read_write };

// Collects what SELECT or EXAMINE answers. Until [CLOSED] it may still be about the mailbox that was open
// before.
struct Opening {
  Opening(std::string name, Access access_wanted, ReportedChanges* reported)
      : mailbox(std::move(name)), access(access_wanted), changes(reported) {
    mailbox = fresh();
  }

  SelectedMailbox mailbox;
  Access access;
  ReportedChanges* changes;

  SelectedMailbox fresh() const {
    SelectedMailbox unknown(mailbox.name);
    unknown.writable = access == Access::read_write;
    return unknown;
  }

  void on_status(const StatusResponse& status) {
    const auto number = status.code.number;
    switch (status.code.code) {
      case Code::closed:
        mailbox = fresh();
        if (changes != nullptr) *changes = {};
        break;
      case Code::uid_validity:
        mailbox.uid_validity = UidValidity{static_cast<std::uint32_t>(number)};
        break;
      case Code::uid_next:
        mailbox.uid_next = Uid{static_cast<std::uint32_t>(number)};
        break;
      case Code::highest_modseq:
        if (number != 0) mailbox.highest_modseq = ModSeq{number};
        break;
      case Code::no_modseq:
        mailbox.highest_modseq.reset();
        break;
      case Code::uid_not_sticky:
        mailbox.uids_sticky = false;
        break;
      case Code::permanent_flags:
        mailbox.permanent_flags = status.code.words;
        break;
      case Code::read_only:
        mailbox.writable = false;
        break;
      default:
        break;
    }
  }

  void on_response(Response& response) {
    if (const auto* status = std::get_if<StatusResponse>(&response)) return on_status(*status);
    if (const auto* exists = std::get_if<Exists>(&response)) mailbox.messages = exists->messages;
    if (changes != nullptr) changes->note(response);
  }
};

// UIDs that do not outlive the selection: none may be taken for one of another selection, even by a server
// that repeats its UIDVALIDITY.
UidValidity for_this_selection(UidValidity announced, const Clock& clock) {
  return UidValidity{announced.value ^ static_cast<std::uint32_t>(clock.unix_milliseconds())};
}

Command open_command(const Connection& connection, const std::string& name, Access access,
                     std::optional<SyncPoint> since) {
  Command command(access == Access::read_write ? "SELECT" : "EXAMINE");
  command.astring(name);
  if (since && connection.qresync_enabled()) {
    command.words("(QRESYNC (" + std::to_string(since->uid_validity.value) + ' ' +
                  std::to_string(since->modseq.value) + "))");
  } else if (connection.capabilities().condstore()) {
    command.words("(CONDSTORE)");
  }
  return command;
}

// A NO without a telling code: gone, or refused for another reason?
Task<Result<bool>> is_listed(Connection& connection, std::string name) {
  std::vector<Response> responses;
  Command command("LIST \"\"");
  command.string(name);
  const auto reply = co_await connection.run(std::move(command), Subject::mailbox, &responses);
  if (!reply) co_return reply.error();
  for (const auto& response : responses) {
    if (std::holds_alternative<MailboxListing>(response)) co_return true;
  }
  co_return false;
}

Task<Status> open_as(Connection& connection, std::string name, Access access, std::optional<SyncPoint> since,
                     ReportedChanges* changes) {
  connection.set_selected(std::nullopt);
  auto tag = co_await connection.send(open_command(connection, name, access, since));
  if (!tag) co_return std::move(tag).error();
  Opening opening(name, access, changes);
  const auto octets_before = connection.octets_read();
  const auto octets_allowed = changes != nullptr ? flags_octets_max : answer_octets_max;
  for (;;) {
    auto response = co_await connection.receive(silence_max);
    if (response && connection.octets_read() - octets_before > octets_allowed) response = answer_too_long();
    if (!response) {
      connection.close();
      co_return std::move(response).error();
    }
    auto* status = std::get_if<StatusResponse>(&*response);
    if (status == nullptr || status->tag != *tag) {
      opening.on_response(*response);
    } else if (status->condition != Condition::ok) {
      co_return co_await explain_refusal(connection, std::move(name), refusal(*status, Subject::mailbox));
    } else {
      opening.on_status(*status);
      if (!opening.mailbox.uids_sticky) {
        opening.mailbox.uid_validity =
            for_this_selection(opening.mailbox.uid_validity, connection.host().clock());
      }
      connection.set_selected(std::move(opening.mailbox));
      co_return ok();
    }
  }
}

}  // namespace

void ReportedChanges::note(Response& response) {
  if (auto* vanished = std::get_if<Vanished>(&response)) {
    if (keeps(memory_of(vanished->uids))) this->vanished.add(vanished->uids);
    return;
  }
  auto* fetch = std::get_if<FetchResponse>(&response);
  if (fetch == nullptr || !fetch->uid || !fetch->flags) return;
  if (flags.size() >= changes_max) {
    truncated = true;
  } else if (keeps(sizeof(decltype(flags)::value_type) + memory_of(*fetch->flags))) {
    flags.insert_or_assign(*fetch->uid, *std::move(fetch->flags));
  }
}

bool ReportedChanges::keeps(std::size_t bytes) {
  bytes_kept_ += bytes;
  truncated = truncated || bytes_kept_ > kept_bytes_max;
  return !truncated;
}

Task<Error> explain_refusal(Connection& connection, std::string name, Error error) {
  if (error.kind == ErrorKind::unavailable && error.provider_code.empty() && connection.is_open()) {
    const auto listed = co_await is_listed(connection, std::move(name));
    if (listed && !*listed) {
      error.kind = ErrorKind::not_found;
      error.retry = Retry::never();
      error.message = "the mailbox does not exist";
    }
  }
  co_return std::move(error);
}

Task<Status> open_mailbox(Connection& connection, std::string name, std::optional<SyncPoint> since,
                          ReportedChanges* changes) {
  co_return co_await open_as(connection, std::move(name), Access::read_only, since, changes);
}

Task<Status> open_for_writing(Connection& connection, std::string name) {
  auto opened = co_await open_as(connection, std::move(name), Access::read_write, std::nullopt, nullptr);
  if (!opened || connection.selected()->writable) co_return opened;
  co_return Error{ErrorKind::denied,
                  ErrorScope::collection,
                  Retry::never(),
                  "the mailbox is read-only",
                  {},
                  "ask whoever owns the mailbox or runs the server for the right to do this",
                  {}};
}

Task<Status> leave_mailbox(Connection& connection) {
  if (!connection.selected()) co_return ok();
  const bool unselect = connection.capabilities().unselect();
  if (!unselect && connection.selected()->writable) {
    const std::string name = connection.selected()->name;
    auto opened = co_await open_mailbox(connection, name, std::nullopt, nullptr);
    if (!opened && !connection.is_open()) co_return opened;
    if (!opened) co_return ok();  // gone meanwhile: none is open now
  }
  const auto reply = co_await connection.run(Command(unselect ? "UNSELECT" : "CLOSE"), Subject::mailbox);
  if (!reply) co_return reply.error();
  connection.set_selected(std::nullopt);
  co_return ok();
}

}  // namespace hermod::imap
