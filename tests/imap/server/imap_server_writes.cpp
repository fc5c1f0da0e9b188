// The commands of the server in memory that change the mailbox.
#include <algorithm>

#include "plugins/imap/wire/ascii.hpp"
#include "plugins/imap/wire/internal_date.hpp"
#include "plugins/imap/wire/uid_set.hpp"
#include "tests/imap/server/imap_server.hpp"

namespace hermod::imap::test {
namespace {

std::vector<std::string> flags_in(const Argument& list) {
  std::vector<std::string> flags;
  for (const auto& item : list.items) flags.push_back(item.text);
  return flags;
}

std::string written(const std::vector<std::string>& flags) {
  std::string out = "(";
  for (const auto& flag : flags) out += (out.size() > 1 ? " " : "") + flag;
  return out + ')';
}

// In the folder, of those that the set names.
std::vector<std::uint32_t> named(const std::string& set, const StoredFolder& folder) {
  const auto uids = UidSet::parse(set).value();
  std::vector<std::uint32_t> found;
  for (const auto& message : folder.messages) {
    if (uids.contains(Uid{message.uid})) found.push_back(message.uid);
  }
  return found;
}

std::string listed(const std::vector<std::uint32_t>& uids) {
  std::string out;
  for (const auto uid : uids) (out += out.empty() ? "" : ",") += std::to_string(uid);
  return out;
}

}  // namespace

bool ServerConnection::write(const CommandLine& command) {
  const auto word = command.word(0) == "UID" ? command.word(1) : command.word(0);
  const bool by_uid = command.word(0) == "UID";
  if (by_uid && word == "STORE") {
    store(command);
  } else if (by_uid && word == "COPY") {
    copy(command, false);
  } else if (by_uid && word == "MOVE" && has("MOVE")) {
    copy(command, true);
  } else if (word == "EXPUNGE" && (!by_uid || has("UIDPLUS"))) {
    expunge(command);
  } else {
    return false;
  }
  return true;
}

// After EXAMINE it is answered OK and does nothing, as by Dovecot; so are UIDs that are not there.
void ServerConnection::store(const CommandLine& command) {
  std::size_t at = 3;
  std::optional<std::uint64_t> unchanged_since;
  if (command.arguments.at(at).is_list) {
    unchanged_since = std::stoull(command.arguments.at(at++).after("UNCHANGEDSINCE")->text);
  }
  const auto operation = command.word(at);
  const auto changed = flags_in(command.arguments.at(at + 1));
  std::vector<std::uint32_t> modified;
  for (const auto uid : named(command.arguments.at(2).text, *selected())) {
    if (read_only_) break;
    const auto& message = *selected()->find(uid);
    if (unchanged_since && message.modseq > *unchanged_since) {
      modified.push_back(uid);
      continue;
    }
    auto flags = message.flags;
    std::erase_if(flags, [&](const std::string& flag) {
      return std::ranges::any_of(changed, [&](const auto& one) { return equals_ignoring_case(one, flag); });
    });
    if (operation.starts_with('+')) flags.insert(flags.end(), changed.begin(), changed.end());
    mailbox_.set_flags(selected_name_, uid, flags);
    told_[uid] = message.modseq;
    const auto number = &message - selected()->messages.data() + 1;
    if (operation.ends_with(".SILENT")) continue;
    reply("* " + std::to_string(number) + " FETCH (UID " + std::to_string(uid) + " FLAGS " +
          written(message.flags) + ')');
  }
  log_.mailbox_changed = true;
  ok(command, modified.empty() ? "stored" : "[MODIFIED " + listed(modified) + "] some changed");
}

void ServerConnection::copy(const CommandLine& command, bool moves) {
  const auto to = command.arguments.at(3).text;
  const auto* target = mailbox_.find(to);
  if (target == nullptr || target->container) return no(command, "[TRYCREATE] no such folder");
  if (moves && read_only_) return no(command, "it is read-only");
  const auto sources = named(command.arguments.at(2).text, *selected());
  std::vector<std::uint32_t> copies;
  for (const auto uid : sources) copies.push_back(mailbox_.copy(selected_name_, uid, to));
  const auto told = has("UIDPLUS") && !sources.empty()
                        ? "[COPYUID " + std::to_string(target->uid_validity) + ' ' + listed(sources) + ' ' +
                              listed(copies) + "] "
                        : std::string();
  if (moves && !told.empty()) reply("* OK " + told + "moved");
  for (const auto uid : sources) {
    if (moves) mailbox_.expunge(selected_name_, uid);
  }
  tell_changes();
  log_.mailbox_changed = true;
  ok(command, moves ? "moved" : told + "copied");
}

void ServerConnection::expunge(const CommandLine& command) {
  if (read_only_) return no(command, "it is read-only");
  if (command.word(0) == "UID") {
    for (const auto uid : named(command.arguments.at(2).text, *selected())) {
      if (selected()->find(uid)->has_flag("\\Deleted")) mailbox_.expunge(selected_name_, uid);
    }
  } else {
    mailbox_.expunge_deleted(selected_name_);
  }
  tell_changes();
  log_.mailbox_changed = true;
  ok(command, "expunged");
}

void ServerConnection::append(const CommandLine& command) {
  const auto name = command.arguments.at(1).text;
  const auto* folder = mailbox_.find(name);
  if (folder == nullptr || folder->container) return no(command, "[TRYCREATE] no such folder");
  std::vector<std::string> flags;
  std::int64_t received_at = options_.now;
  for (std::size_t at = 2; at + 1 < command.arguments.size(); ++at) {
    const auto& argument = command.arguments[at];
    if (argument.is_list) {
      flags = flags_in(argument);
    } else {
      received_at = parse_internal_date(argument.text).value().time_since_epoch().count();
    }
  }
  const auto uid = mailbox_.append(name, command.arguments.back().text, received_at, std::move(flags));
  tell_changes();
  log_.mailbox_changed = true;
  ok(command, has("UIDPLUS") ? "[APPENDUID " + std::to_string(folder->uid_validity) + ' ' +
                                   std::to_string(uid) + "] appended"
                             : "appended");
}

void ServerConnection::create(const CommandLine& command) {
  const auto name = command.arguments.at(1).text;
  const auto* folder = mailbox_.find(name);
  if (folder != nullptr && !folder->container) return no(command, "[ALREADYEXISTS] it is there");
  mailbox_.create(name);
  log_.mailbox_changed = true;
  ok(command, "created");
}

void ServerConnection::rename(const CommandLine& command) {
  const auto name = command.arguments.at(1).text, to = command.arguments.at(2).text;
  if (mailbox_.find(name) == nullptr) return no(command, "[NONEXISTENT] no such folder");
  if (mailbox_.find(to) != nullptr) return no(command, "[ALREADYEXISTS] it is there");
  mailbox_.rename(name, to);
  log_.mailbox_changed = true;
  ok(command, "renamed");
}

void ServerConnection::remove(const CommandLine& command) {
  const auto name = command.arguments.at(1).text;
  const auto* folder = mailbox_.find(name);
  if (folder == nullptr || folder->container) return no(command, "[NONEXISTENT] no such folder");
  mailbox_.remove_alone(name);
  log_.mailbox_changed = true;
  ok(command, "deleted");
}

}  // namespace hermod::imap::test
