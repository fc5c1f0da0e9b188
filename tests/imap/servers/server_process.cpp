#include "tests/imap/servers/server_process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <regex>
#include <stdexcept>

namespace hermod::imap::test {
namespace {

std::string value_of(const std::string& json, const std::string& key) {
  std::smatch found;
  const std::regex pattern("\"" + key + "\": \"?([^\",}]*)");
  if (!std::regex_search(json, found, pattern))
    throw std::runtime_error("the test server does not tell " + key);
  return found[1];
}

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  return ends;
}

}  // namespace

ServerProcess::ServerProcess(const std::string& kind) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto commands = make_pipe(), answers = make_pipe();
  const std::string users = std::to_string(users_max);
  child_ = fork();
  if (child_ < 0) throw std::runtime_error("no process");
  if (child_ == 0) {
    dup2(commands[0], STDIN_FILENO);
    dup2(answers[1], STDOUT_FILENO);
    setenv("PYTHONPATH", HERMOD_TEST_SUPPORT, 1);
    execlp("python3", "python3", "-B", "-m", "servers", "start", "--kind", kind.c_str(), "--bare",
           "--numbered-users", users.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  close(commands[0]);
  close(answers[1]);
  commands_ = commands[1];
  answers_ = answers[0];
  const std::string told = read_line();
  port_ = std::stoi(value_of(told, "imap_port"));
  naming_ = {value_of(told, "separator").front(), value_of(told, "prefix")};
}

ServerProcess::~ServerProcess() {
  close(commands_);
  waitpid(child_, nullptr, 0);
  close(answers_);
}

std::string ServerProcess::new_user() {
  if (users_ == users_max) throw std::runtime_error("the test server has no more users");
  return "user" + std::to_string(++users_) + "@example.test";
}

void ServerProcess::renumber(const std::string& user, const std::string& folder, std::uint32_t uid_validity) {
  const std::string line = "renumber " + user + " " + folder + " " + std::to_string(uid_validity) + "\n";
  if (write(commands_, line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
      read_line() != "done") {
    throw std::runtime_error("the test server did not do: " + line);
  }
}

std::string ServerProcess::read_line() {
  std::string line;
  for (char c = 0; read(answers_, &c, 1) == 1;) {
    if (c == '\n') return line;
    line += c;
  }
  throw std::runtime_error("the test server ended");
}

}  // namespace hermod::imap::test
