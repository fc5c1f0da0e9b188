// LineChannel: talks with the other client of the checked mailbox: a program of the plugin's author, by lines
// on its standard input and output, or a library that is given two pipes to do the same on a thread.
//
// A request is a line of words divided by spaces, each percent-encoded (RFC 3986 §2.1) where it has a space,
// a percent sign or a byte that is no printable ASCII; `-` is an empty one. Bytes may follow it. The answer
// is such a line, too: `ok`, `refused`, `unsupported` or `error TEXT`. One thread; owned by the check of one
// law.
#pragma once

#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "server/plugin_check/quirks_file.hpp"

namespace hermod::server {

class LineChannel {
 public:
  static constexpr std::size_t line_bytes_max = 64 << 10;
  static constexpr std::size_t body_bytes_max = 64 << 20;

  // Throws std::runtime_error when it cannot be started.
  explicit LineChannel(const CheckedAccount& account);
  LineChannel(const LineChannel&) = delete;
  ~LineChannel();  // closes its input, on which the program is to end

  // Throws std::runtime_error when the other side ended, or answers nonsense or `error`.
  std::vector<std::string> ask(const std::vector<std::string>& words, std::string_view body = {});
  std::string read_bytes(std::size_t count);  // that follow an answer

 private:
  void start_program(const CheckedAccount& account, int input, int output);
  void start_library(const std::filesystem::path& file, int input, int output);
  std::string read_line();

  int to_ = -1, from_ = -1;
  int child_ = -1;
  std::thread thread_;
};

}  // namespace hermod::server
