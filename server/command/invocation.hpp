// Invocation: one call of the program: its environment, the options that every command has, and what to run.
// Owner: run_command_line(), which fills it while parsing and then runs `action`. Thread rule: the main
// thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/command/exit_code.hpp"
#include "server/config/config.hpp"

namespace hermod::server {

struct Invocation {
  Environment environment;
  std::string config_file;  // of --config; empty: none
  std::function<ExitCode(Invocation&)> action;

  Result<Config> config() const { return load_config(config_file, environment); }

  // Loads the configuration and calls `run`; a refused one is told and ends with ExitCode::config.
  ExitCode with_config(const std::function<ExitCode(const Config&)>& run) const;
};

// "hermod: MESSAGE", the hint below; standard output stays for results.
void tell(const Error& error);
ExitCode fail(const Error& error);

// Writes rows under a header, columns aligned by the widest.
void print_table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);

// Seconds since 1970 as 2026-01-31T12:00:00Z.
std::string utc_time(std::int64_t unix_seconds);

}  // namespace hermod::server
