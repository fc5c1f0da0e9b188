#include "plugins/imap/client/effects.hpp"

namespace hermod::imap {

Task<Result<StatusResponse>> Effects::run(Connection& connection, Command command, Subject subject,
                                          std::vector<Response>* responses) {
  unanswered_ = true;
  auto reply = co_await connection.run(std::move(command), subject, responses);
  // Malformed data beside an OK, or a server that stumbled over the command.
  done_ = done_ || reply || reply.error().kind == ErrorKind::invalid_data;
  unanswered_ = !reply && !connection.is_open();
  co_return reply;
}

}  // namespace hermod::imap
