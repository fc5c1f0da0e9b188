#include "server/plugin_check/line_channel.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <stdexcept>

namespace hermod::server {
namespace {

constexpr const char* library_symbol = "hermod_other_client";

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("could not make a pipe");
  return ends;
}

std::string encoded(std::string_view word) {
  if (word.empty()) return "-";
  constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : word) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '%' && (c != '-' || word.size() > 1)) {
      out += c;
    } else {
      out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return out;
}

std::string decoded(std::string_view word) {
  if (word == "-") return {};
  std::string out;
  for (std::size_t at = 0; at < word.size(); ++at) {
    unsigned byte = 0;
    const char* begin = word.data() + at + 1;
    if (word[at] != '%') {
      out += word[at];
    } else if (at + 2 < word.size() && std::from_chars(begin, begin + 2, byte, 16).ptr == begin + 2) {
      out += static_cast<char>(byte);
      at += 2;
    } else {
      throw std::runtime_error("the other client's answer is not percent-encoded");
    }
  }
  return out;
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  while (!line.empty()) {
    const std::size_t space = line.find(' ');
    if (space != 0) words.push_back(decoded(line.substr(0, space)));
    line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
  }
  return words;
}

void write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw std::runtime_error("the other client ended");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

LineChannel::LineChannel(const CheckedAccount& account) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto requests = make_pipe(), answers = make_pipe();
  to_ = requests[1];
  from_ = answers[0];
  if (account.other_client.command.empty()) {
    start_library(account.other_client.library, requests[0], answers[1]);
  } else {
    start_program(account, requests[0], answers[1]);
    close(requests[0]);
    close(answers[1]);
  }
}

LineChannel::~LineChannel() {
  close(to_);
  if (thread_.joinable()) thread_.join();
  if (child_ > 0) waitpid(child_, nullptr, 0);
  close(from_);
}

void LineChannel::start_program(const CheckedAccount& account, int input, int output) {
  std::vector<std::string> command = account.other_client.command;
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  child_ = fork();
  if (child_ < 0) throw std::runtime_error("could not start the other client");
  if (child_ > 0) return;
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  if (chdir(account.folder.c_str()) == 0) execvp(arguments[0], arguments.data());
  _exit(127);
}

// It ends with its input, and closes both.
void LineChannel::start_library(const std::filesystem::path& file, int input, int output) {
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  auto* serve = reinterpret_cast<void (*)(int, int)>(dlsym(library, library_symbol));
  if (serve == nullptr) throw std::runtime_error(file.string() + " has no " + library_symbol);
  thread_ = std::thread(serve, input, output);
}

std::string LineChannel::read_line() {
  std::string line;
  for (char c = 0; line.size() < line_bytes_max;) {
    const ssize_t got = read(from_, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw std::runtime_error("the other client ended");
    if (c == '\n') return line;
    line += c;
  }
  throw std::runtime_error("the other client's answer is too long");
}

std::string LineChannel::read_bytes(std::size_t count) {
  if (count > body_bytes_max) throw std::runtime_error("the other client's answer is too long");
  std::string bytes(count, '\0');
  for (std::size_t at = 0; at < count;) {
    const ssize_t got = read(from_, bytes.data() + at, count - at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw std::runtime_error("the other client ended");
    at += static_cast<std::size_t>(got);
  }
  return bytes;
}

std::vector<std::string> LineChannel::ask(const std::vector<std::string>& words, std::string_view body) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + encoded(word);
  write_all(to_, line + "\n");
  write_all(to_, body);
  std::vector<std::string> answer = words_of(read_line());
  const std::string what = answer.empty() ? std::string() : answer.front();
  if (what == "ok" || what == "refused" || what == "unsupported") return answer;
  std::string said;
  for (const std::string& word : answer) said += " " + word;
  throw std::runtime_error("the other client answers to " + words.front() + ":" + said);
}

}  // namespace hermod::server
