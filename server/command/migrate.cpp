// hermod migrate: brings the schema to the version of this program. A start does so too; by itself it is for
// upgrades of several servers, run once before the first of them starts.
#include <fmt/format.h>

#include "core/store/migration.hpp"
#include "server/command/commands.hpp"
#include "server/command/database_access.hpp"

namespace hermod::server {
namespace {

ExitCode migrate_database(const Config& config) {
  auto access = DatabaseAccess::open(config);
  if (!access) return fail(access.error());
  auto connection = access->database().connect();
  if (!connection) return fail(connection.error());
  const auto report = store::migrate(*connection);
  if (!report) return fail(report.error());
  fmt::print("{}\n",
             report->from == report->to
                 ? fmt::format("the schema is at version {} already", report->to)
                 : fmt::format("migrated the schema from version {} to {}", report->from, report->to));
  return ExitCode::done;
}

}  // namespace

void add_migrate(CLI::App& program, Invocation& invocation) {
  CLI::App* command =
      program.add_subcommand("migrate", "Bring the database's schema to this program's version");
  command->callback([&invocation] {
    invocation.action = [](Invocation& call) { return call.with_config(migrate_database); };
  });
}

}  // namespace hermod::server
