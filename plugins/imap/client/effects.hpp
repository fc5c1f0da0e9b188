// Effects: whether a write's commands may have changed anything yet. Owned by one push_mutation; strand.
//
// A refused command changed nothing; one that was sent and never answered may have. An Error tells the engine
// that nothing was tried, so what may have been done must not be told as one.
#pragma once

#include "plugins/imap/client/connection.hpp"

namespace hermod::imap {

class Effects {
 public:
  bool possible() const { return done_ || unanswered_; }

  // Connection::run for a command that changes the mailbox.
  Task<Result<StatusResponse>> run(Connection& connection, Command command, Subject subject,
                                   std::vector<Response>* responses = nullptr);

 private:
  bool done_ = false;
  bool unanswered_ = false;
};

}  // namespace hermod::imap
