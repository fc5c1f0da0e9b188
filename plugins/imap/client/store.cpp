#include "plugins/imap/client/store.hpp"

namespace hermod::imap {
namespace {

FetchResponse* flags_of(std::vector<Response>& responses, Uid uid) {
  FetchResponse* last = nullptr;
  for (auto& response : responses) {
    auto* fetch = std::get_if<FetchResponse>(&response);
    if (fetch != nullptr && fetch->uid == uid && fetch->flags) last = fetch;
  }
  return last;
}

Command store_command(Uid uid, std::string_view operation, const std::vector<std::string>& flags,
                      std::optional<ModSeq> unchanged_since) {
  Command command("UID STORE");
  command.words(std::to_string(uid.value));
  if (unchanged_since) command.words("(UNCHANGEDSINCE " + std::to_string(unchanged_since->value) + ')');
  std::string list = "(";
  for (const auto& flag : flags) (list += list.size() > 1 ? " " : "") += flag;
  command.words(operation).words(list + ')');
  return command;
}

}  // namespace

Error changed_meanwhile() {
  return {ErrorKind::conflict, ErrorScope::item, Retry::never(), "the message changed meanwhile", {}, {}, {}};
}

Task<Result<std::optional<FetchResponse>>> fetch_state(Connection& connection, Uid uid) {
  std::vector<Response> responses;
  Command command("UID FETCH");
  command.words(std::to_string(uid.value));
  command.words(connection.capabilities().condstore() ? "(UID FLAGS MODSEQ)" : "(UID FLAGS)");
  const auto reply = co_await connection.run(std::move(command), Subject::message, &responses);
  if (!reply) co_return reply.error();
  auto* found = flags_of(responses, uid);
  if (found == nullptr) co_return std::optional<FetchResponse>{};
  co_return std::optional(std::move(*found));
}

Task<Result<std::optional<std::vector<std::string>>>> store_flags(Connection& connection, Effects& effects,
                                                                  Uid uid, FlagChange change) {
  std::optional<std::vector<std::string>> flags;
  const auto step = [&](std::string_view operation, const std::vector<std::string>& list) {
    return store_command(uid, operation, list, std::exchange(change.unchanged_since, std::nullopt));
  };
  std::vector<Command> commands;
  if (!change.add.empty()) commands.push_back(step("+FLAGS", change.add));
  if (!change.remove.empty()) commands.push_back(step("-FLAGS", change.remove));
  for (auto& command : commands) {
    std::vector<Response> responses;
    const auto reply = co_await effects.run(connection, std::move(command), Subject::message, &responses);
    if (!reply) co_return reply.error();
    if (reply->code.code == Code::modified && reply->code.uids.contains(uid)) co_return changed_meanwhile();
    if (auto* told = flags_of(responses, uid)) flags = std::move(told->flags);
  }
  if (flags) co_return std::move(flags);
  auto state = co_await fetch_state(connection, uid);
  if (!state) co_return std::move(state).error();
  if (*state) flags = std::move((*state)->flags);
  co_return std::move(flags);
}

}  // namespace hermod::imap
