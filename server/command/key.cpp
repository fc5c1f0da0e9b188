// hermod key: the API keys. `create` prints the key and nothing else on standard output: KEY=$(hermod key
// create …).
#include <fmt/format.h>

#include "core/store/application_store.hpp"
#include "server/command/commands.hpp"
#include "server/command/database_access.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

struct NewKey {
  std::string name;
  std::string application;  // id or name; empty: the default one
};

ExitCode create(store::Connection& connection, const NewKey& wanted) {
  const auto application = wanted.application.empty()
                               ? store::default_application(connection)
                               : store::find_application(connection, wanted.application);
  if (!application) return fail(application.error());
  const auto made = store::create_api_key(connection, application->application_id, wanted.name);
  if (!made) return fail(made.error());
  fmt::print("{}\n", made->secret);
  return ExitCode::done;
}

ExitCode list(store::Connection& connection) {
  const auto keys = store::list_api_keys(connection);
  if (!keys) return fail(keys.error());
  std::vector<std::vector<std::string>> rows;
  for (const auto& key : *keys) {
    rows.push_back({ids::to_public(key.key_id), key.name, ids::to_public(key.application_id),
                    utc_time(key.created_at), key.revoked_at ? utc_time(*key.revoked_at) : ""});
  }
  print_table({"ID", "NAME", "APPLICATION", "CREATED", "REVOKED"}, rows);
  return ExitCode::done;
}

ExitCode revoke(store::Connection& connection, const std::string& key_id) {
  const auto parsed = ids::parse_public(key_id);
  if (!parsed) {
    return fail(failure(ErrorKind::invalid_argument, "this is not the id of a key",
                        "`hermod key list` shows the ids; the key itself is not needed"));
  }
  const auto revoked = store::revoke_api_key(connection, *parsed);
  return revoked ? ExitCode::done : fail(revoked.error());
}

}  // namespace

void add_key(CLI::App& program, Invocation& invocation) {
  CLI::App* group = program.add_subcommand("key", "API keys: create, list, revoke");
  group->require_subcommand(1);
  group->fallthrough();

  auto wanted = std::make_shared<NewKey>();
  CLI::App* make = group->add_subcommand("create", "Make a key and print it, once; only its digest is kept");
  make->add_option("--name", wanted->name, "What it is for")->required();
  make->add_option("--application", wanted->application, "Id or name; left out: the default application");
  make->callback([&invocation, wanted] {
    invocation.action = [wanted](Invocation& call) {
      return with_connection(call,
                             [&](store::Connection& connection) { return create(connection, *wanted); });
    };
  });

  group->add_subcommand("list", "List the keys of all applications")->callback([&invocation] {
    invocation.action = [](Invocation& call) { return with_connection(call, list); };
  });

  auto key_id = std::make_shared<std::string>();
  CLI::App* end = group->add_subcommand("revoke", "End a key; running servers refuse it within seconds");
  end->add_option("ID", *key_id, "As `hermod key list` shows it")->required();
  end->callback([&invocation, key_id] {
    invocation.action = [key_id](Invocation& call) {
      return with_connection(call,
                             [&](store::Connection& connection) { return revoke(connection, *key_id); });
    };
  });
}

}  // namespace hermod::server
