#include "tests/imap/server/command_line.hpp"

#include <stdexcept>

#include "plugins/imap/wire/ascii.hpp"

namespace hermod::imap::test {
namespace {

// Reads one command off `text`, in which literals stand as `{n}` or `{n+}`, CRLF and octets.
class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  CommandLine parse() {
    CommandLine line;
    line.tag = atom();
    while (take(' ')) line.arguments.push_back(argument());
    return line;
  }

 private:
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string atom() {
    std::string out;
    int brackets = 0;
    while (!rest_.empty() &&
           (brackets > 0 || std::string_view(" ()\r\n").find(rest_[0]) == std::string_view::npos)) {
      brackets += (rest_[0] == '[') - (rest_[0] == ']');
      out += rest_[0];
      rest_.remove_prefix(1);
    }
    return out;
  }
  Argument argument() {
    Argument result;
    if (take('(')) {
      result.is_list = true;
      while (!take(')')) {
        if (rest_.empty()) throw std::runtime_error("a list does not end");
        if (!take(' ')) result.items.push_back(argument());
      }
    } else if (take('"')) {
      while (!take('"')) {
        take('\\');
        result.text += rest_.at(0);
        rest_.remove_prefix(1);
      }
    } else if (rest_.starts_with('{')) {
      const auto size = std::stoul(std::string(rest_.substr(1)));
      rest_.remove_prefix(rest_.find('\n') + 1);
      result.text = rest_.substr(0, size);
      rest_.remove_prefix(size);
    } else {
      result.text = atom();
    }
    return result;
  }
  std::string_view rest_;
};

}  // namespace

bool Argument::lists(std::string_view upper) const {
  for (const auto& item : items) {
    if (!item.is_list && equals_ignoring_case(item.text, upper)) return true;
  }
  return false;
}

const Argument* Argument::after(std::string_view upper) const {
  for (std::size_t i = 0; i + 1 < items.size(); ++i) {
    if (!items[i].is_list && equals_ignoring_case(items[i].text, upper)) return &items[i + 1];
  }
  return nullptr;
}

std::string CommandLine::word(std::size_t index) const {
  return index < arguments.size() ? to_upper(arguments[index].text) : std::string();
}

std::optional<CommandLine> CommandReader::next(int& continuations) {
  std::size_t at = 0, synchronizing = 0;
  for (;;) {
    const auto end = buffer_.find("\r\n", at);
    if (end == std::string::npos) return std::nullopt;
    const auto line = std::string_view(buffer_).substr(at, end - at);
    at = end + 2;
    if (!line.ends_with('}')) break;
    const auto open = line.rfind('{');
    if (!line.ends_with("+}") && ++synchronizing > asked_) {
      ++asked_;
      ++continuations;
    }
    at += std::stoul(std::string(line.substr(open + 1)));
    if (at > buffer_.size()) return std::nullopt;
  }
  auto command = Parser(std::string_view(buffer_).substr(0, at)).parse();
  buffer_.erase(0, at);
  asked_ = 0;
  return command;
}

std::optional<std::string> CommandReader::next_line() {
  const auto end = buffer_.find("\r\n");
  if (end == std::string::npos) return std::nullopt;
  auto line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return line;
}

}  // namespace hermod::imap::test
