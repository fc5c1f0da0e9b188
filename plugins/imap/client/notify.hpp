// NOTIFY of every folder of the account (RFC 5465): waits until the server reports changes in any of them.
//
// No mailbox is open on the connection: what changed comes as STATUS, new and renamed folders as LIST. The
// server begins with a STATUS of every folder, so that what happened while nobody watched is seen too; and it
// may stop by itself (NOTIFICATIONOVERFLOW), after which everything may have changed. Owned by the push
// facet; strand.
//
// Quirk(Dovecot): names in STATUS come decoded, and the first statuses come twice; what changes within a
// second of the command is held back until the next one; a change within some milliseconds of a notice is
// told of by no notice of its own, nor by the reply to NOOP. Seen with 2.3.19.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plugins/imap/client/connection.hpp"
#include "plugins/imap/client/limits.hpp"

namespace hermod::imap {

struct MailboxNews {
  std::vector<MailboxStatus> statuses;
  std::vector<std::string> names;  // of folders that are new, gone, renamed
  bool overflow = false;           // anything may have changed
  bool empty() const { return statuses.empty() && names.empty() && !overflow; }
};

class NotifyWatch {
 public:
  NotifyWatch(std::unique_ptr<Connection> connection, Duration renewal)
      : connection_(std::move(connection)), renewal_(renewal) {}

  // The next news; none when there were none for so long. Error{unsupported}: the server refuses; the
  // connection is still of use. Cut short by its context: the next wait goes on. Any other Error closed the
  // connection.
  Task<Result<MailboxNews>> wait(Duration at_most);
  // Asks for the mailbox's status when some time has passed since: the answer comes as news.
  void look_again(std::string mailbox) { looks_.insert_or_assign(std::move(mailbox), heard_ + notify_settling); }
  bool is_open() const noexcept { return connection_->is_open(); }
  // Nothing of the command is left to be read.
  bool is_quiet() const noexcept { return open_tag_.empty(); }
  Connection& connection() const noexcept { return *connection_; }

 private:
  enum class State : std::uint8_t { off, asked, on, refused };
  Task<Result<MailboxNews>> wait_for_news(Duration at_most);
  Task<Status> send(Command command);
  void take(Response response);
  void take_reply(const StatusResponse& reply);
  bool has_room_for(std::size_t bytes);
  TimePoint due() const;  // when the reply must be there, or the next command go
  Command next_command(TimePoint now);

  std::unique_ptr<Connection> connection_;
  Duration renewal_;
  State state_ = State::off;
  std::size_t attempt_ = 0;  // with fewer events each time
  std::size_t overflows_ = 0;
  std::string open_tag_;  // of the command whose reply is due; empty: none
  bool settling_ = false;
  std::map<std::string, TimePoint> looks_;  // by mailbox: when its status is to be asked for
  TimePoint sent_{}, heard_{};
  MailboxNews news_;
  std::uint64_t news_bytes_ = 0;
};

}  // namespace hermod::imap
