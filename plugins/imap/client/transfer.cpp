#include "plugins/imap/client/transfer.hpp"

#include <algorithm>

#include "plugins/imap/client/mailbox.hpp"
#include "plugins/imap/client/search.hpp"
#include "plugins/imap/wire/internal_date.hpp"

namespace hermod::imap {
namespace {

// Of one message; servers that copy more than was asked for are not believed.
constexpr std::size_t copied_max = 1000;

std::optional<Destination> copied_to(const ResponseCode& code, Uid uid) {
  if (code.code != Code::copy_uid) return std::nullopt;
  const auto sources = expand_in_written_order(code.source_uids, copied_max);
  const auto destinations = expand_in_written_order(code.destination_uids, copied_max);
  if (!sources || !destinations || sources->size() != destinations->size()) return std::nullopt;
  const auto at = std::ranges::find(*sources, uid);
  if (at == sources->end()) return std::nullopt;
  return Destination{UidValidity{static_cast<std::uint32_t>(code.number)},
                     (*destinations)[static_cast<std::size_t>(at - sources->begin())]};
}

Error too_large() {
  return {ErrorKind::limit,
          ErrorScope::item,
          Retry::never(),
          "the message is larger than the server takes",
          {},
          {},
          {}};
}

}  // namespace

Task<Result<std::optional<Destination>>> transfer(Connection& connection, Effects& effects, Transfer kind,
                                                  Uid uid, std::string mailbox) {
  Command command(kind == Transfer::move ? "UID MOVE" : "UID COPY");
  command.words(std::to_string(uid.value)).astring(mailbox);
  std::vector<Response> responses;
  auto reply = co_await effects.run(connection, std::move(command), Subject::message, &responses);
  if (!reply) co_return co_await explain_refusal(connection, std::move(mailbox), std::move(reply).error());
  auto destination = copied_to(reply->code, uid);
  for (const auto& response : responses) {
    const auto* status = std::get_if<StatusResponse>(&response);
    if (status != nullptr && !destination) destination = copied_to(status->code, uid);
  }
  co_return destination;
}

Task<Result<bool>> expunge(Connection& connection, Effects& effects, Uid uid) {
  Command command("EXPUNGE");
  if (connection.capabilities().uid_plus()) {
    command = Command("UID EXPUNGE");
    command.words(std::to_string(uid.value));
  } else {
    const auto deleted = co_await search_mailbox(connection, SearchProgram::deleted());
    if (!deleted) co_return deleted.error();
    if (*deleted != UidSet::of({uid})) co_return deleted->empty();
  }
  const auto reply = co_await effects.run(connection, std::move(command), Subject::message);
  if (!reply) co_return reply.error();
  co_return true;
}

Task<Result<std::optional<Destination>>> append(Connection& connection, Effects& effects, std::string mailbox,
                                                NewMessage message) {
  const auto limit = connection.capabilities().append_limit();
  if (limit && message.raw.size() > *limit) co_return too_large();
  Command command("APPEND");
  command.astring(mailbox);
  std::string list = "(";
  for (const auto& flag : message.flags) (list += list.size() > 1 ? " " : "") += flag;
  command.words(list + ')');
  if (message.received_at != 0) {
    const std::chrono::sys_seconds time{std::chrono::seconds(message.received_at)};
    command.words('"' + format_internal_date(time) + '"');
  }
  command.literal(message.raw);
  std::vector<Response> responses;
  auto reply = co_await effects.run(connection, std::move(command), Subject::message, &responses);
  if (!reply) co_return co_await explain_refusal(connection, std::move(mailbox), std::move(reply).error());
  const auto& code = reply->code;
  if (code.code != Code::append_uid || code.uids.count() != 1) co_return std::optional<Destination>{};
  co_return Destination{UidValidity{static_cast<std::uint32_t>(code.number)},
                        code.uids.ranges().front().first};
}

}  // namespace hermod::imap
