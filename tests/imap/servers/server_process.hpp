// ServerProcess: a private mail server for a test, started by tests/support/servers (Python) and ended with
// it.
//
// The child reads commands from a pipe and ends, with its server, when the pipe is closed, however the test
// ends.
#pragma once

#include <sys/types.h>

#include <string>

#include "tests/imap/servers/mail_program.hpp"

namespace hermod::imap::test {

class ServerProcess {
 public:
  static constexpr const char* password = "secret";
  static constexpr std::size_t users_max = 64;

  // Throws std::runtime_error when it does not start; why is on standard error. `kind` as in kinds.py.
  explicit ServerProcess(const std::string& kind);
  ServerProcess(const ServerProcess&) = delete;
  ~ServerProcess();

  int port() const { return port_; }
  const Naming& naming() const { return naming_; }
  std::string new_user();  // with an empty mailbox; throws when there is none left
  // Gives a folder, INBOX say, another UIDVALIDITY.
  void renumber(const std::string& user, const std::string& folder, std::uint32_t uid_validity);

 private:
  std::string read_line();

  pid_t child_ = -1;
  int commands_ = -1, answers_ = -1;
  int port_ = 0;
  Naming naming_;
  std::size_t users_ = 0;
};

}  // namespace hermod::imap::test
