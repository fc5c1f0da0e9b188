// IDLE on one mailbox (RFC 2177, RFC 9051 §6.3.13): waits until the server reports a change.
//
// The command stays open between two waits, so that nothing is missed and no round trip is spent; what
// arrived meanwhile is read by the next wait. It is renewed before servers and NATs forget the connection.
// Events are a reason to look, never data to trust. Owned by the push facet; strand.
#pragma once

#include <memory>

#include "plugins/imap/client/connection.hpp"

namespace hermod::imap {

class IdleWatch {
 public:
  // `connection` has the mailbox open.
  IdleWatch(std::unique_ptr<Connection> connection, Duration renewal)
      : connection_(std::move(connection)), renewal_(renewal) {}

  // True at the first change, false when there was none for so long, never in the middle of a renewal. Cut
  // short by its context: the next wait goes on, unless it was in a renewal. Any other Error closed the
  // connection.
  Task<Result<bool>> wait(Duration at_most);
  bool is_open() const noexcept { return connection_->is_open(); }
  const std::string& mailbox() const { return connection_->selected()->name; }
  // Ends the command, so that the connection can be used or closed politely.
  Task<Status> stop();
  Connection& connection() const noexcept { return *connection_; }

 private:
  Task<Status> start();
  Task<Result<bool>> wait_for_change(Duration at_most);

  std::unique_ptr<Connection> connection_;
  Duration renewal_;
  std::string tag_;  // of the open IDLE; empty: none
  TimePoint started_{};
  bool change_pending_ = false;
};

}  // namespace hermod::imap
