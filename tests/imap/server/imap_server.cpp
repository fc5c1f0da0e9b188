#include "tests/imap/server/imap_server.hpp"

#include <algorithm>

#include "plugins/imap/wire/ascii.hpp"
#include "plugins/imap/wire/base64.hpp"
#include "plugins/imap/wire/internal_date.hpp"
#include "plugins/imap/wire/mailbox_name.hpp"
#include "plugins/imap/wire/uid_set.hpp"

namespace hermod::imap::test {
namespace {

// Every string that could surprise a parser goes as a literal.
std::string astring(const std::string& text) {
  const bool plain =
      std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
  return plain ? '"' + text + '"' : '{' + std::to_string(text.size()) + "}\r\n" + text;
}

std::string literal(std::string_view text) {
  return '{' + std::to_string(text.size()) + "}\r\n" + std::string(text);
}

std::string flag_list(const std::vector<std::string>& flags) {
  std::string out = "(";
  for (const auto& flag : flags) out += (out.size() > 1 ? " " : "") + flag;
  return out + ')';
}

// The Message-ID field of the header with its continuation lines, and the empty line.
std::string message_id_field(const std::string& raw) {
  std::string out;
  for (std::size_t at = 0; at < raw.size();) {
    auto end = raw.find("\r\n", at);
    if (end == std::string::npos) end = raw.size();
    const auto line = raw.substr(at, end - at);
    if (line.empty()) break;
    const bool folded = line[0] == ' ' || line[0] == '\t';
    if (folded ? !out.empty() : line.starts_with("Message-ID:")) out += line + "\r\n";
    if (!folded && !line.starts_with("Message-ID:") && !out.empty()) break;
    at = end + 2;
  }
  return out + "\r\n";
}

UidSet set_of(const std::string& text, const StoredFolder& folder) {
  auto set = text;
  const auto last = folder.messages.empty() ? 1 : folder.messages.back().uid;
  for (auto at = set.find('*'); at != std::string::npos; at = set.find('*'))
    set.replace(at, 1, std::to_string(last));
  return UidSet::parse(set).value();
}

// Absent: what is to be searched?
std::optional<bool> matches(const CommandLine& command, std::size_t at, const StoredMessage& message,
                            const StoredFolder& folder) {
  bool all = true;
  while (at < command.arguments.size()) {
    const auto key = command.word(at++);
    if (key == "DELETED") {
      all = message.has_flag("\\Deleted") && all;
      continue;
    }
    const auto operand = command.arguments.at(at++).text;
    if (key == "UID") {
      all = set_of(operand, folder).contains(Uid{message.uid}) && all;
    } else if (key == "LARGER") {
      all = message.raw.size() > std::stoul(operand) && all;
    } else if (key == "SMALLER") {
      all = message.raw.size() < std::stoul(operand) && all;
    } else if (key == "HEADER" && to_upper(operand) == "MESSAGE-ID") {
      all = message_id_field(message.raw).contains(command.arguments.at(at++).text) && all;
    } else {
      return std::nullopt;
    }
  }
  return all;
}

}  // namespace

ServerConnection::ServerConnection(StoredMailbox& mailbox, const ServerOptions& options, ServerLog& log)
    : mailbox_(mailbox), options_(options), log_(log) {
  // As servers do, it tells less before the login than after it.
  reply(std::string("* OK [CAPABILITY IMAP4rev1") + (has("SASL-IR") ? " SASL-IR AUTH=PLAIN" : "") +
        (has("LITERAL+") ? " LITERAL+" : "") + "] ready");
}

std::string ServerConnection::capabilities() const {
  std::string out = "CAPABILITY IMAP4rev1";
  for (const auto& capability : options_.capabilities) out += ' ' + capability;
  return out;
}

void ServerConnection::receive(std::string_view bytes) {
  reader_.feed(deflate_ ? deflate_->inflated(bytes) : std::string(bytes));
  while (!closed_) {
    if (!idle_tag_.empty()) {
      const auto line = reader_.next_line();
      if (!line) return;
      tell_changes();
      reply(std::exchange(idle_tag_, {}) + " OK idle ended");
      continue;
    }
    int continuations = 0;
    const auto command = reader_.next(continuations);
    for (; continuations > 0; --continuations) reply("+ go on");
    if (!command) return;
    handle(*command);
  }
}

std::string ServerConnection::take_output() {
  auto output = std::exchange(plain_output_, {});
  auto rest = std::exchange(output_, {});
  if (rest.empty()) return output;
  return output + (deflate_ ? deflate_->deflated(rest) : rest);
}

void ServerConnection::tell_waiting() {
  if (!idle_tag_.empty()) tell_changes();
  if (notifies_) tell_statuses();
}

// `NOTIFY SET STATUS (personal (event ...))`. Names are told decoded, as by Dovecot.
void ServerConnection::notify(const CommandLine& command) {
  std::string refused;
  for (const auto& event : command.arguments.at(3).items.at(1).items) {
    if (options_.refused_events.contains(event.text)) refused += ' ' + event.text;
  }
  if (!refused.empty()) return no(command, "[BADEVENT" + refused + "] unsupported");
  notified_.clear();
  tell_statuses();
  notifies_ = true;
  ok(command);
}

void ServerConnection::tell_statuses() {
  if (notifies_ && options_.notify_overflows) {
    notifies_ = false;
    return reply("* OK [NOTIFICATIONOVERFLOW] too much");
  }
  std::erase_if(notified_, [&](const auto& entry) {
    const bool gone = mailbox_.find(entry.first) == nullptr;
    if (gone) reply("* LIST (\\NonExistent) \"/\" " + astring(entry.first));
    return gone;
  });
  for (const auto& [name, folder] : mailbox_.folders()) {
    auto now = status_items(folder);
    auto& told = notified_[name];
    if (told == now) continue;
    if (told.empty() && notifies_) reply("* LIST () \"/\" " + astring(name));
    told = std::move(now);
    reply("* STATUS " + astring(decode_mailbox_name(name).value_or(name)) + " (" + told + ')');
  }
}

void ServerConnection::handle(const CommandLine& command) {
  log_.commands.push_back(command);
  if (log_.commands.size() > log_.bye_at_command) {
    log_.bye_at_command = SIZE_MAX;
    closed_ = true;
    return reply("* BYE [UNAVAILABLE] going down");
  }
  const auto word = command.word(0);
  if (word == "CAPABILITY") {
    reply("* " + capabilities());
    return ok(command);
  }
  if (word == "ID") {
    reply("* ID (\"name\" \"memory\" \"version\" NIL)");
    return ok(command);
  }
  if (word == "LOGIN" || word == "AUTHENTICATE") return log_in(command);
  if (word == "LOGOUT") {
    reply("* BYE good-bye");
    ok(command);
    closed_ = true;
    return;
  }
  if (!authenticated_) return no(command, "log in first");
  run(command);
}

void ServerConnection::log_in(const CommandLine& command) {
  const bool plain = command.word(0) == "AUTHENTICATE";
  const auto given =
      plain ? base64_decode(command.arguments.at(2).text).value_or("") : command.arguments.at(2).text;
  if (!given.ends_with(options_.password)) return no(command, "[AUTHENTICATIONFAILED] no");
  authenticated_ = true;
  ok(command, "[" + capabilities() + "] welcome");
}

void ServerConnection::run(const CommandLine& command) {
  const auto word = command.word(0);
  if (word == "ENABLE") {
    qresync_ = qresync_ || command.word(1) == "QRESYNC";
    reply("* ENABLED " + command.word(1));
  } else if (word == "NAMESPACE") {
    reply("* NAMESPACE ((\"\" \"/\")) NIL NIL");
  } else if (word == "LIST") {
    return list(command);
  } else if (word == "STATUS") {
    const auto* folder = mailbox_.find(command.arguments.at(1).text);
    if (folder == nullptr || folder->container) return nonexistent(command, folder);
    status(command.arguments[1].text, command.arguments.at(2));
  } else if (word == "EXAMINE" || word == "SELECT") {
    return open(command);
  } else if (word == "CLOSE" || word == "UNSELECT") {
    if (word == "CLOSE" && selected() != nullptr && !read_only_) mailbox_.expunge_deleted(selected_name_);
    selected_name_.clear();
  } else if (word == "COMPRESS" && has("COMPRESS=DEFLATE") && !deflate_) {
    ok(command);
    plain_output_ += std::exchange(output_, {});
    deflate_ = std::make_unique<Deflate>();
    return;
  } else if (word == "NOTIFY" && has("NOTIFY")) {
    return notify(command);
  } else if (word == "IDLE") {
    idle_tag_ = command.tag;
    reply("+ idling");
    return tell_changes();
  } else if (word == "NOOP" && selected_name_.empty()) {
    return ok(command);
  } else if (word == "APPEND") {
    return append(command);
  } else if (word == "CREATE") {
    return create(command);
  } else if (word == "RENAME") {
    return rename(command);
  } else if (word == "DELETE") {
    return remove(command);
  } else if (word == "SUBSCRIBE" || word == "UNSUBSCRIBE") {
    mailbox_.subscribe(command.arguments.at(1).text, word == "SUBSCRIBE");
  } else if (selected() == nullptr || selected()->uid_validity != selected_validity_) {
    closed_ = true;  // as servers do when the open folder goes away
    return reply("* BYE the folder is gone");
  } else if (word == "UID" && command.word(1) == "FETCH") {
    return fetch(command);
  } else if (word == "UID" && command.word(1) == "SEARCH") {
    return search(command);
  } else if (word == "NOOP") {
    tell_changes();
  } else {
    if (!write(command)) reply(command.tag + " BAD what?");
    return;
  }
  ok(command);
}

void ServerConnection::list(const CommandLine& command) {
  const auto pattern = command.arguments.at(2).text;
  const Argument* items = nullptr;
  if (command.word(3) == "RETURN") items = command.arguments.at(4).after("STATUS");
  for (const auto& [name, folder] : mailbox_.folders()) {
    if (pattern != "*" && pattern != name) continue;
    auto attributes = folder.attributes;
    if (folder.container) attributes.emplace_back(options_.lists_deleted_parents ? "\\HasChildren" : "\\NoSelect");
    if (mailbox_.is_subscribed(name) && command.word(3) == "RETURN") attributes.emplace_back("\\Subscribed");
    reply("* LIST " + flag_list(attributes) + " \"/\" " + astring(name));
    if (items != nullptr && !folder.container) status(name, *items);
    if (items != nullptr && folder.container && options_.lists_deleted_parents) reply("* NO Mailbox doesn't exist");
  }
  ok(command);
}

// Of the open mailbox the client hears what it was told before, as from Dovecot.
void ServerConnection::status(const std::string& name, const Argument&) {
  const auto items = name == selected_name_ ? selected_status_ : status_items(*mailbox_.find(name));
  reply("* STATUS " + astring(name) + " (" + items + ')');
}

std::string ServerConnection::status_items(const StoredFolder& folder) const {
  auto items = "MESSAGES " + std::to_string(folder.messages.size()) + " UIDNEXT " +
               std::to_string(folder.uid_next) + " UIDVALIDITY " + std::to_string(folder.uid_validity);
  if (has("CONDSTORE")) items += " HIGHESTMODSEQ " + std::to_string(folder.highest_modseq);
  return items;
}

void ServerConnection::nonexistent(const CommandLine& command, const StoredFolder* folder) {
  const bool still_listed = folder != nullptr && options_.lists_deleted_parents;
  no(command, still_listed ? "Mailbox doesn't exist" : "[NONEXISTENT] no such folder");
}

void ServerConnection::open(const CommandLine& command) {
  if (!selected_name_.empty() && qresync_) reply("* OK [CLOSED] closed");
  selected_name_.clear();
  const auto name = command.arguments.at(1).text;
  auto* folder = mailbox_.find(name);
  if (folder == nullptr || folder->container) return nonexistent(command, folder);
  read_only_ = command.word(0) == "EXAMINE";
  if (!options_.uids_sticky) mailbox_.renumber(name);
  selected_name_ = name;
  selected_validity_ = folder->uid_validity;
  selected_status_ = status_items(*folder);
  told_.clear();
  for (const auto& message : folder->messages) told_[message.uid] = message.modseq;
  reply("* FLAGS (\\Seen \\Flagged \\Answered \\Deleted \\Draft)");
  reply("* " + std::to_string(folder->messages.size()) + " EXISTS");
  reply("* OK [UIDVALIDITY " + std::to_string(folder->uid_validity) + "] valid");
  if (!options_.uids_sticky) reply("* NO [UIDNOTSTICKY] UIDs are for this session");
  if (options_.tells_uid_next) reply("* OK [UIDNEXT " + std::to_string(folder->uid_next) + "] next");
  if (has("CONDSTORE")) reply("* OK [HIGHESTMODSEQ " + std::to_string(folder->highest_modseq) + "] highest");
  const auto* qresync = command.arguments.size() > 2 ? command.arguments[2].after("QRESYNC") : nullptr;
  if (qresync != nullptr && qresync->items.at(0).text == std::to_string(folder->uid_validity)) {
    const auto since = std::stoull(qresync->items.at(1).text);
    std::vector<Uid> gone;
    for (const auto& [uid, modseq] : folder->expunged) {
      if (modseq > since) gone.push_back(Uid{uid});
    }
    if (!gone.empty()) reply("* VANISHED (EARLIER) " + UidSet::of(gone).to_wire());
    for (std::size_t i = 0; i < folder->messages.size(); ++i) {
      const auto& message = folder->messages[i];
      if (message.modseq <= since) continue;
      reply("* " + std::to_string(i + 1) + " FETCH (UID " + std::to_string(message.uid) + " FLAGS " +
            flag_list(message.flags) + " MODSEQ (" + std::to_string(message.modseq) + "))");
    }
  }
  if (!read_only_) reply("* OK [PERMANENTFLAGS (\\Seen \\Flagged \\Answered \\Deleted \\Draft" +
                         std::string(options_.takes_keywords ? " \\*" : "") + ")] kept");
  ok(command, read_only_ ? "[READ-ONLY] examined" : "[READ-WRITE] selected");
}

void ServerConnection::fetch(const CommandLine& command) {
  const auto set = set_of(command.arguments.at(2).text, *selected());
  const auto& items = command.arguments.at(3);
  std::uint64_t since = 0;
  if (command.arguments.size() > 4) {
    const auto* changed_since = command.arguments[4].after("CHANGEDSINCE");
    if (changed_since == nullptr || !has("CONDSTORE")) return reply(command.tag + " BAD what modifier?");
    since = std::stoull(changed_since->text);
  }
  const auto& messages = selected()->messages;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (set.contains(Uid{messages[i].uid}) && messages[i].modseq > since)
      fetch_message(messages[i], i + 1, items);
  }
  tell_changes();
  ok(command);
}

void ServerConnection::fetch_message(const StoredMessage& message, std::size_t number,
                                     const Argument& items) {
  std::string out = "UID " + std::to_string(message.uid);
  if (items.lists("FLAGS")) out += " FLAGS " + flag_list(message.flags);
  if (items.lists("MODSEQ")) out += " MODSEQ (" + std::to_string(message.modseq) + ')';
  if (items.lists("RFC822.SIZE")) out += " RFC822.SIZE " + std::to_string(message.raw.size());
  if (items.lists("INTERNALDATE")) {
    const std::chrono::sys_seconds time{std::chrono::seconds(message.received_at)};
    out += " INTERNALDATE \"" + format_internal_date(time) + '"';
  }
  if (items.lists("EMAILID")) out += " EMAILID (" + message.email_id + ") THREADID NIL";
  if (items.lists("BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]")) {
    out += " BODY[HEADER.FIELDS (MESSAGE-ID)] " + literal(message_id_field(message.raw));
  }
  if (items.lists("BODY.PEEK[]")) out += " BODY[] " + literal(message.raw);
  reply("* " + std::to_string(number) + " FETCH (" + out + ')');
}

void ServerConnection::search(const CommandLine& command) {
  const bool extended = command.word(2) == "RETURN";
  if (extended && !has("ESEARCH")) return reply(command.tag + " BAD what RETURN?");
  std::vector<Uid> found;
  for (const auto& message : selected()->messages) {
    const auto matched = matches(command, extended ? 4 : 2, message, *selected());
    if (!matched) return reply(command.tag + " BAD what is to be searched?");
    if (*matched) found.push_back(Uid{message.uid});
  }
  std::string out = extended ? "* ESEARCH (TAG \"" + command.tag + "\") UID" : "* SEARCH";
  if (extended && !found.empty()) out += " ALL " + UidSet::of(found).to_wire();
  if (!extended) {
    for (const Uid uid : found) out += ' ' + std::to_string(uid.value);
  }
  reply(out);
  tell_changes();
  ok(command);
}

// What other clients did since the client was last told.
void ServerConnection::tell_changes() {
  auto* folder = selected();
  if (folder == nullptr) return;
  std::vector<Uid> gone;
  std::size_t number = 0;
  for (auto it = told_.begin(); it != told_.end();) {
    ++number;
    if (folder->find(it->first) != nullptr) {
      ++it;
      continue;
    }
    gone.push_back(Uid{it->first});
    it = told_.erase(it);
    if (!qresync_) reply("* " + std::to_string(number--) + " EXPUNGE");
  }
  if (qresync_ && !gone.empty()) reply("* VANISHED " + UidSet::of(gone).to_wire());
  if (folder->messages.size() > told_.size())
    reply("* " + std::to_string(folder->messages.size()) + " EXISTS");
  for (std::size_t i = 0; i < folder->messages.size(); ++i) {
    const auto& message = folder->messages[i];
    const auto known = told_.find(message.uid);
    if (known != told_.end() && known->second != message.modseq) {
      reply("* " + std::to_string(i + 1) + " FETCH (" +
            (qresync_ ? "UID " + std::to_string(message.uid) + ' ' : "") + "FLAGS " +
            flag_list(message.flags) + ')');
    }
    told_[message.uid] = message.modseq;
  }
  selected_status_ = status_items(*folder);
}

}  // namespace hermod::imap::test
