#include "server/command/command_line.hpp"

#include "server/command/commands.hpp"

namespace hermod::server {
namespace {

constexpr const char* footer =
    "\nExit codes: 0 done; 1 could not be done or is not there; 2 wrong command line; 3 configuration "
    "refused;\n"
    "4 database, folder or network unavailable; 5 another hermod works on the data folder.\n"
    "Configuration: hermod.example.toml lists every key and variable.";

}  // namespace

ExitCode run_command_line(int count, const char* const* arguments, Environment environment) {
  Invocation invocation{.environment = std::move(environment), .config_file = {}, .action = {}};
  CLI::App program("Hermod keeps a current copy of mailboxes and serves it by a REST API.", "hermod");
  program.footer(footer);
  program.set_version_flag("--version", "hermod " HERMOD_VERSION);
  program.add_option("--config", invocation.config_file, "The configuration file")->type_name("FILE");
  program.require_subcommand(1);
  program.fallthrough();
  for (const auto add :
       {add_serve, add_migrate, add_doctor, add_key, add_application, add_grant, add_listen, add_plugin}) {
    add(program, invocation);
  }
  try {
    program.parse(count, arguments);
  } catch (const CLI::ParseError& outcome) {
    // --help and --version come this way too.
    return program.exit(outcome) == 0 ? ExitCode::done : ExitCode::usage;
  }
  return invocation.action(invocation);
}

}  // namespace hermod::server
