// hermod_other_client: another client of the mailbox in memory, for `hermod plugin check`: takes its lines
// from a pipe, answers on another (docs/plugins.md). On a thread of its own, in the process of the plugin.
#include <unistd.h>

#include <charconv>
#include <map>
#include <stdexcept>

#include "tests/support/memory_provider/memory_mailbox.hpp"

namespace hermod::memory {
namespace {

using Words = std::vector<std::string>;

std::string decoded(std::string_view word) {
  if (word == "-") return {};
  std::string out;
  for (std::size_t at = 0; at < word.size(); ++at) {
    unsigned byte = static_cast<unsigned char>(word[at]);
    if (word[at] == '%') {
      std::from_chars(word.data() + at + 1, word.data() + at + 3, byte, 16);
      at += 2;
    }
    out += static_cast<char>(byte);
  }
  return out;
}

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == ' ' ? "%20" : std::string(1, c);
  return out;
}

class LineServer {
 public:
  LineServer(int input, int output) : input_(input), output_(output) {}

  void serve() {
    for (std::string line; read_line(line);) {
      Words words = words_of(line);
      std::string answer;
      try {
        answer = obey(words);
      } catch (const std::exception& error) {
        answer = "error " + encoded(error.what());
      }
      answer += '\n';
      if (write(output_, answer.data(), answer.size()) != static_cast<ssize_t>(answer.size())) return;
    }
  }

 private:
  bool read_line(std::string& line) {
    line.clear();
    for (char c = 0; read(input_, &c, 1) == 1;) {
      if (c == '\n') return true;
      line += c;
    }
    return false;
  }
  std::string read_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    for (std::size_t at = 0; at < count;) {
      const ssize_t got = read(input_, bytes.data() + at, count - at);
      if (got <= 0) throw std::runtime_error("the message is cut off");
      at += static_cast<std::size_t>(got);
    }
    return bytes;
  }
  static Words words_of(std::string_view line) {
    Words words;
    while (!line.empty()) {
      const std::size_t space = line.find(' ');
      words.push_back(decoded(line.substr(0, space)));
      line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
    }
    return words;
  }

  std::string obey(const Words& words) {
    const std::string& what = words.at(0);
    if (what == "open") return open();
    if (what == "create") {
      mailbox_->create_folder(words.at(1));
    } else if (what == "rename") {
      mailbox_->rename_folder(words.at(1), words.at(2));
    } else if (what == "delete") {
      mailbox_->delete_folder(words.at(1));
    } else if (what == "deliver") {
      std::string raw = read_bytes(std::stoul(words.at(3)));
      mailbox_->deliver(words.at(1), std::move(raw), {.received_at = std::stoll(words.at(2))});
    } else if (what == "flags") {
      mailbox_->set_flags(words.at(1), words.at(2), flags_of(words));
    } else if (what == "move") {
      mailbox_->move(words.at(1), words.at(2), words.at(3));
    } else if (what == "copy") {
      mailbox_->copy(words.at(1), words.at(2), words.at(3));
    } else if (what == "expunge") {
      mailbox_->expunge(words.at(1), words.at(2));
    } else if (what == "invalidate") {
      mailbox_->forget_cursors(words.at(1));
    } else {
      return "unsupported";
    }
    return "ok";
  }
  std::string open() {
    const std::string name = "checked-" + std::to_string(++opened_);
    mailbox_ = MemoryMailbox::named(name);
    mailbox_->create_folder("Inbox", Role::inbox);
    mailbox_->create_folder("Trash", Role::trash);
    return "ok mailbox=" + name;
  }
  static FlagSet flags_of(const Words& words) {
    static const std::map<std::string, Flag> named = {{"seen", Flag::seen},
                                                      {"flagged", Flag::flagged},
                                                      {"answered", Flag::answered},
                                                      {"draft", Flag::draft}};
    FlagSet flags;
    for (std::size_t at = 3; at < words.size(); ++at) flags.add(named.at(words[at]));
    return flags;
  }

  int input_, output_;
  std::shared_ptr<MemoryMailbox> mailbox_;
  std::size_t opened_ = 0;
};

}  // namespace
}  // namespace hermod::memory

extern "C" __attribute__((visibility("default"))) void hermod_other_client(int input, int output) {
  hermod::memory::LineServer(input, output).serve();
  close(input);
  close(output);
}
