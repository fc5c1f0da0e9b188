// hermod application: applications own keys, grants and webhooks; none sees anything of another.
#include <fmt/format.h>

#include "core/store/application_store.hpp"
#include "server/command/commands.hpp"
#include "server/command/database_access.hpp"

namespace hermod::server {
namespace {

ExitCode create(store::Connection& connection, const std::string& name) {
  const auto application = store::create_application(connection, name);
  if (!application) return fail(application.error());
  fmt::print("{}\n", ids::to_public(application->application_id));
  return ExitCode::done;
}

ExitCode list(store::Connection& connection) {
  if (auto made = store::default_application(connection); !made) return fail(made.error());
  const auto applications = store::list_applications(connection);
  if (!applications) return fail(applications.error());
  std::vector<std::vector<std::string>> rows;
  for (const auto& each : *applications) {
    rows.push_back({ids::to_public(each.application_id), each.name, each.is_default ? "default" : "",
                    utc_time(each.created_at)});
  }
  print_table({"ID", "NAME", "", "CREATED"}, rows);
  return ExitCode::done;
}

}  // namespace

void add_application(CLI::App& program, Invocation& invocation) {
  CLI::App* group = program.add_subcommand("application", "Applications: create, list");
  group->require_subcommand(1);
  group->fallthrough();

  auto name = std::make_shared<std::string>();
  CLI::App* make = group->add_subcommand("create", "Make an application and print its id");
  make->add_option("--name", *name, "Its name, unique")->required();
  make->callback([&invocation, name] {
    invocation.action = [name](Invocation& call) {
      return with_connection(call, [&](store::Connection& connection) { return create(connection, *name); });
    };
  });
  group->add_subcommand("list", "List the applications")->callback([&invocation] {
    invocation.action = [](Invocation& call) { return with_connection(call, list); };
  });
}

}  // namespace hermod::server
