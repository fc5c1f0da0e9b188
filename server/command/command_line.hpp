// The command line of the program. Specification: `hermod --help`.
#pragma once

#include "server/command/exit_code.hpp"
#include "server/config/environment.hpp"

namespace hermod::server {

// Parses, runs and returns when done. Called once, on the main thread, before any other thread is there.
ExitCode run_command_line(int count, const char* const* arguments, Environment environment);

}  // namespace hermod::server
