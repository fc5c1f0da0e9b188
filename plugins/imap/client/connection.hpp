// Connection: one logged-in IMAP connection (RFC 9051). Owned by the pool, used by one task at a time;
// strand.
//
// It reads only while a call is open: nothing runs behind its user's back, and what the server sent meanwhile
// is seen by the next call. Replies are matched by tag. A call that fails or is cancelled with a command open
// closes the connection, since nobody is left to read the rest of the answer. Limits: client/limits.hpp.
#pragma once

#include <string>
#include <vector>

#include <hermod/host.hpp>

#include "plugins/imap/client/capabilities.hpp"
#include "plugins/imap/client/conversation.hpp"
#include "plugins/imap/client/refusal.hpp"
#include "plugins/imap/client/transport.hpp"

namespace hermod::imap {

// What SELECT or EXAMINE told, kept up to date by later EXISTS, EXPUNGE and VANISHED.
struct SelectedMailbox {
  explicit SelectedMailbox(std::string wire_name) : name(std::move(wire_name)) {}

  std::string name;                      // as on the wire
  UidValidity uid_validity;              // without sticky UIDs one of our own, for this selection alone
  std::optional<Uid> uid_next;           // Courier sends none
  std::optional<ModSeq> highest_modseq;  // absent: this mailbox has no mod-sequences
  std::uint32_t messages = 0;
  bool grown = false;       // EXISTS has risen since it was opened: there is mail at or above uid_next
  bool uids_sticky = true;  // UIDNOTSTICKY: they end with the selection (RFC 9051 §7.1)
  bool writable = false;    // opened by SELECT, and not read-only
  // Those that a STORE keeps; `\\*` among them: any new keyword. Absent: all (RFC 9051 §6.3.2).
  std::optional<std::vector<std::string>> permanent_flags;
};

class Connection {
 public:
  Connection(Host& host, std::unique_ptr<Stream> stream) : host_(&host), transport_(std::move(stream)) {}

  bool is_open() const noexcept { return transport_.is_open(); }
  void close() noexcept { transport_.close(); }
  bool encrypted() const noexcept { return transport_.encrypted(); }
  std::uint64_t octets_read() const noexcept { return transport_.octets_read(); }
  Host& host() const noexcept { return *host_; }
  const Capabilities& capabilities() const noexcept { return capabilities_; }
  // How often the server announced them.
  std::size_t capability_lists_seen() const noexcept { return capability_lists_seen_; }
  bool qresync_enabled() const noexcept { return qresync_enabled_; }
  const std::optional<SelectedMailbox>& selected() const noexcept { return selected_; }

  // One command. NO and BAD are Errors, judged by `subject`. Untagged responses go to `responses` where
  // given; then a malformed one among them is Error{invalid_data}, since what is missing must not be taken
  // for gone.
  Task<Result<StatusResponse>> run(Command command, Subject subject,
                                   std::vector<Response>* responses = nullptr);
  // Several at once, until `talk` has nothing to send and nothing is open.
  Task<Status> converse(Conversation& talk, std::size_t depth);

  // --- for those that follow a dialogue line by line: login, IDLE, SELECT ---
  // Gives the tag.
  Task<Result<std::string>> send(Command command);
  Task<Status> send_line(std::string line);
  // The next response; literals and malformed ones are passed over. Error{timeout} leaves the connection
  // open.
  Task<Result<Response>> receive(Duration silence_limit);
  // Likewise of what has been read already.
  std::optional<Result<Response>> receive_buffered();
  Task<Status> start_tls();
  void start_compression() { transport_.start_compression(); }
  void set_selected(std::optional<SelectedMailbox> mailbox) { selected_ = std::move(mailbox); }

 private:
  struct Exchange;
  Task<Status> exchange(Conversation& talk, std::size_t depth);
  Task<Status> send_pending(Exchange& exchange);
  Task<Status> send_segments(Exchange& exchange, std::string tag, std::vector<std::string> segments);
  Task<Status> await_event(Exchange& exchange);
  Task<Status> handle(Exchange& exchange, Event event);
  Status accept(Exchange& exchange, Response response);
  Status note(const Response& response);
  void note_capabilities(const std::vector<std::string>& names);
  Status note_status(const StatusResponse& status);
  Status note_malformed(const Error& error);
  std::string next_tag() { return 'A' + std::to_string(++last_tag_); }

  Host* host_;
  Transport transport_;
  Capabilities capabilities_;
  std::size_t capability_lists_seen_ = 0;
  std::optional<SelectedMailbox> selected_;
  bool qresync_enabled_ = false;
  std::uint64_t last_tag_ = 0;
  std::size_t malformed_ = 0;
};

// Error{limit}: more came than an answer may have.
Error answer_too_long();

}  // namespace hermod::imap
