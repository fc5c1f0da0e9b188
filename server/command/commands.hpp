// The commands of the program, each in a file of its own; each adds itself and its options to the parser and
// sets Invocation::action when it is the one that was called.
#pragma once

#include <CLI/CLI.hpp>

#include "server/command/invocation.hpp"

namespace hermod::server {

void add_serve(CLI::App& program, Invocation& invocation);
void add_migrate(CLI::App& program, Invocation& invocation);
void add_plugin(CLI::App& program, Invocation& invocation);
void add_plugin_check(CLI::App& plugin, Invocation& invocation);
void add_application(CLI::App& program, Invocation& invocation);
void add_key(CLI::App& program, Invocation& invocation);
void add_grant(CLI::App& program, Invocation& invocation);
void add_listen(CLI::App& program, Invocation& invocation);
void add_doctor(CLI::App& program, Invocation& invocation);

}  // namespace hermod::server
