// Dialogue: what passes over one connection, line by line, and a Net that plays it. Test support.
//
//   S: text    the server's line                    S< text    likewise without the line's end
//   C: text    what the client must say then        D: text    the server's line, one byte a second
//   X          the server hangs up                  after the last line the server is silent
//
// A client that says anything else, or connects more often than there are dialogues, is a violation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <hermod/host.hpp>
#include <hermod/wait_queue.hpp>

namespace hermod::imap::test {

struct Step {
  enum class Kind : std::uint8_t { client, server, drip, hang_up };
  Kind kind;
  std::string bytes;  // with the line's end
};

class Dialogue {
 public:
  explicit Dialogue(std::string_view script);
  Dialogue& server(std::string bytes);  // as they are, for what no script can hold

  std::vector<Step> steps;
};

// The dialogues of a test's connections, in their order.
class DialogueNet final : public Net {
 public:
  DialogueNet(Clock& clock, std::vector<Dialogue> dialogues)
      : clock_(clock), dialogues_(std::move(dialogues)) {}

  Task<Result<std::unique_ptr<Stream>>> connect(ConnectOptions options) override;
  const std::vector<std::string>& violations() const { return violations_; }
  // Whether every dialogue was played to its end.
  bool played() const { return connected_ == dialogues_.size() && steps_left_ == 0; }

 private:
  class Player;
  Clock& clock_;
  std::vector<Dialogue> dialogues_;
  std::size_t connected_ = 0, steps_left_ = 0;
  std::vector<std::string> violations_;
};

}  // namespace hermod::imap::test
