// ImapServer: an IMAP server in memory for the laws of the contract, in the variants that real ones come in.
//
// A connection answers as soon as it is written to, and while it idles, when the mailbox was changed and
// `tell_waiting` is called. One thread, no clock, no threads, no sockets. Test support.
#pragma once

#include <memory>
#include <set>
#include <utility>

#include "tests/imap/server/command_line.hpp"
#include "tests/imap/server/deflate.hpp"
#include "tests/imap/server/stored_mailbox.hpp"

namespace hermod::imap::test {

struct ServerOptions {
  std::set<std::string> capabilities;  // beside IMAP4rev1
  std::string password = "secret";
  bool tells_uid_next = true;
  bool takes_keywords = true;  // else there are system flags alone
  bool uids_sticky = true;  // else every EXAMINE makes new UIDs (UIDNOTSTICKY)
  // NOTIFY, where it is a capability: the events that are refused, and whether it overflows at each change.
  std::set<std::string> refused_events = {};
  bool notify_overflows = false;
  bool lists_deleted_parents = false;  // as if they were there; what is asked of them gets no code (Dovecot)
  std::int64_t now = 1'800'000'000;  // unix seconds: the date of what is appended without one
};

// What all connections of one test have in common.
struct ServerLog {
  std::vector<CommandLine> commands;
  // At the command of that number, counted from 0, the server says BYE and hangs up, once.
  std::size_t bye_at_command = SIZE_MAX;
  bool mailbox_changed = false;  // by a connection's command; the others are still to be told
};

class ServerConnection {
 public:
  ServerConnection(StoredMailbox& mailbox, const ServerOptions& options, ServerLog& log);

  void receive(std::string_view bytes);
  // What other clients did, where the client waits for it.
  void tell_waiting();
  std::string take_output();
  bool has_output() const { return !output_.empty() || !plain_output_.empty(); }
  bool closed() const { return closed_; }

 private:
  bool has(std::string_view capability) const {
    return options_.capabilities.contains(std::string(capability));
  }
  std::string capabilities() const;
  void handle(const CommandLine& command);
  void run(const CommandLine& command);
  void reply(std::string_view text) { (output_ += text) += "\r\n"; }
  void ok(const CommandLine& command, std::string_view text = "done") {
    reply(command.tag + " OK " + std::string(text));
  }
  void no(const CommandLine& command, std::string_view text) {
    reply(command.tag + " NO " + std::string(text));
  }
  void log_in(const CommandLine& command);
  void list(const CommandLine& command);
  void status(const std::string& name, const Argument& items);
  std::string status_items(const StoredFolder& folder) const;
  void open(const CommandLine& command);
  void nonexistent(const CommandLine& command, const StoredFolder* folder);
  void fetch(const CommandLine& command);
  void fetch_message(const StoredMessage& message, std::size_t number, const Argument& items);
  void search(const CommandLine& command);
  bool write(const CommandLine& command);  // false: it is none that writes
  void store(const CommandLine& command);
  void copy(const CommandLine& command, bool moves);
  void expunge(const CommandLine& command);
  void append(const CommandLine& command);
  void create(const CommandLine& command);
  void rename(const CommandLine& command);
  void remove(const CommandLine& command);
  void tell_changes();
  void notify(const CommandLine& command);
  void tell_statuses();
  StoredFolder* selected() { return mailbox_.find(selected_name_); }

  StoredMailbox& mailbox_;
  const ServerOptions& options_;
  ServerLog& log_;
  CommandReader reader_;
  std::string output_;
  std::unique_ptr<Deflate> deflate_;  // once COMPRESS was asked for
  std::string plain_output_;          // from before
  std::string idle_tag_;
  std::string selected_name_;
  bool read_only_ = true;
  std::uint32_t selected_validity_ = 0;
  std::string selected_status_;                  // as it was when the client was last told of the mailbox
  std::map<std::uint32_t, std::uint64_t> told_;  // UID → modseq of what the client was told of the mailbox
  std::map<std::string, std::string> notified_;  // by folder: the status that the client was told
  bool notifies_ = false;
  bool qresync_ = false, authenticated_ = false, closed_ = false;
};

}  // namespace hermod::imap::test
