#include "server/command/command_line.hpp"

int main(int count, char** arguments) {
  return static_cast<int>(
      hermod::server::run_command_line(count, arguments, hermod::server::process_environment()));
}
