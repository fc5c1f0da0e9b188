// Commands as the IMAP server in memory reads them. Test support; written apart from the client's codec.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hermod::imap::test {

// An atom, a string, or a list.
struct Argument {
  std::string text;
  bool is_list = false;
  std::vector<Argument> items;

  // Whether the list has the atom, without case.
  bool lists(std::string_view upper) const;
  const Argument* after(std::string_view upper) const;  // what follows the atom in the list
};

struct CommandLine {
  std::string tag;
  std::vector<Argument> arguments;            // the command's words first
  std::string word(std::size_t index) const;  // in upper case; empty where there is none
};

// Takes commands off a byte stream.
class CommandReader {
 public:
  void feed(std::string_view bytes) { buffer_ += bytes; }
  // The next whole command. `continuations` counts the synchronizing literals that it waits for.
  std::optional<CommandLine> next(int& continuations);
  // The next whole line, as it is (DONE, SASL).
  std::optional<std::string> next_line();

 private:
  std::string buffer_;
  std::size_t asked_ = 0;  // how many synchronizing literals of the command were asked for
};

}  // namespace hermod::imap::test
