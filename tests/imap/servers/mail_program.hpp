// MailProgram: another mail client of the account, on a real server: a small blocking IMAP client that shares
// no line with the plugin, so that both cannot be wrong in the same way.
//
// One connection in the clear to a loopback port, one command at a time. What a server refuses is a Reply
// with ok == false; what it cannot mean (no answer, a closed connection) throws std::runtime_error. Names of
// folders are paths with "/" between levels. Test support.
#pragma once

#include <string>
#include <vector>

namespace hermod::imap::test {

struct Reply {
  bool ok = false;
  std::string status;                 // the tagged line
  std::vector<std::string> untagged;  // lines, literals in them as they came
  // What stands after `word` in one of the untagged lines, to the end of that line; empty: nowhere.
  std::string after(const std::string& word) const;
};

// How a server writes the names of folders.
struct Naming {
  char separator = '/';
  std::string prefix;  // of all but INBOX
};

class MailProgram {
 public:
  MailProgram(int port, Naming naming, const std::string& user, const std::string& password);
  MailProgram(const MailProgram&) = delete;
  ~MailProgram();

  void reconnect();  // by a new connection: what this one held open may be gone
  Reply command(const std::string& text);
  // The same with a literal at the end, sent once the server asks for it.
  Reply command(const std::string& text, const std::string& literal);
  bool has(const std::string& capability) const;
  // As an argument of a command: a quoted string in modified UTF-7 (RFC 3501 §5.1.3); a path that is no UTF-8
  // as it is.
  std::string name(const std::string& path) const;
  void select(const std::string& path);  // anew: it sees all changes

 private:
  Reply read_reply(const std::string& tag);
  std::string read_line();  // with its literals
  void fill();
  void send(const std::string& bytes);

  int socket_ = -1;
  std::string buffer_;
  int port_;
  Naming naming_;
  std::string user_, password_;
  std::string capabilities_;
  std::size_t tags_ = 0;
};

}  // namespace hermod::imap::test
