// hermod grant: the connected accounts, read only: which there are, how far each is, what changed last.
#include <fmt/format.h>

#include "core/store/grant_store.hpp"
#include "server/command/commands.hpp"
#include "server/command/database_access.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr int grants_shown_max = 1000;
constexpr int log_rows_max = 10'000;

struct Shown {
  std::string grant;  // id or e-mail address
  int rows = 50;
};

ExitCode list(store::Connection& connection) {
  store::GrantFilter filter;
  filter.limit = grants_shown_max;
  const auto grants = store::list_grants(connection, filter);
  if (!grants) return fail(grants.error());
  std::vector<std::vector<std::string>> rows;
  for (const auto& grant : *grants) {
    rows.push_back({ids::to_public(grant.account_id), grant.provider, grant.email, grant.grant_status,
                    grant.sync_phase, utc_time(grant.created_at)});
  }
  print_table({"ID", "PROVIDER", "EMAIL", "STATUS", "SYNC", "CREATED"}, rows);
  return ExitCode::done;
}

// An address may be connected by several applications; then only the id tells which is meant.
Result<store::Grant> find(store::Connection& connection, const std::string& identifier) {
  if (const auto account_id = ids::parse_public(identifier))
    return store::load_grant(connection, *account_id);
  store::GrantFilter filter;
  filter.email = identifier;
  filter.limit = 2;
  auto found = store::list_grants(connection, filter);
  if (!found) return std::move(found).error();
  if (found->empty())
    return failure(ErrorKind::not_found, "there is no such grant", "`hermod grant list` shows them");
  if (found->size() > 1) {
    return failure(ErrorKind::conflict, "several grants have this address",
                   "give the id: `hermod grant list`");
  }
  return std::move(found->front());
}

ExitCode show(store::Connection& connection, const Shown& shown) {
  const auto grant = find(connection, shown.grant);
  if (!grant) return fail(grant.error());
  const std::pair<const char*, std::string> fields[] = {
      {"id", ids::to_public(grant->account_id)},
      {"application", ids::to_public(grant->application_id)},
      {"provider", grant->provider},
      {"email", grant->email},
      {"status", grant->grant_status},
      {"settings", grant->settings},
      {"sync", grant->sync_phase},
      {"reason", grant->sync_reason.value_or("")},
      {"created", utc_time(grant->created_at)},
      {"updated", utc_time(grant->updated_at)},
  };
  for (const auto& [name, value] : fields) {
    if (!value.empty()) fmt::print("{:<12} {}\n", name, value);
  }
  return ExitCode::done;
}

std::string counted(const std::string& objects, const std::string& changes, std::int64_t count) {
  constexpr const char* object_names[] = {"", "message", "thread", "folder", "grant", "draft"};
  constexpr const char* change_names[] = {"", "created", "updated", "deleted"};
  const auto object = static_cast<std::size_t>(std::atoi(objects.c_str()));
  const auto change = static_cast<std::size_t>(std::atoi(changes.c_str()));
  return fmt::format("{} {} {}", count, object < std::size(object_names) ? object_names[object] : objects,
                     change < std::size(change_names) ? change_names[change] : changes);
}

// One row a page of changes, each kind counted; newest first.
ExitCode show_log(store::Connection& connection, const Shown& shown) {
  const auto grant = find(connection, shown.grant);
  if (!grant) return fail(grant.error());
  const auto log = connection.query(
      "SELECT l.seq, extract(epoch FROM l.at)::bigint, l.initial, e.object, e.change, count(*)"
      " FROM (SELECT seq, at, initial, objects, changes FROM change_log WHERE account_id = $1"
      "       ORDER BY seq DESC LIMIT $2) l, unnest(l.objects, l.changes) AS e(object, change)"
      " GROUP BY l.seq, l.at, l.initial, e.object, e.change ORDER BY l.seq DESC, e.object, e.change",
      grant->account_id, shown.rows);
  if (!log) return fail(log.error());
  std::vector<std::vector<std::string>> rows;
  for (int row = 0; row < log->size(); ++row) {
    rows.push_back(
        {std::string(log->text(row, 0)), utc_time(log->integer(row, 1)),
         log->boolean(row, 2) ? "initial" : "live",
         counted(std::string(log->text(row, 3)), std::string(log->text(row, 4)), log->integer(row, 5))});
  }
  print_table({"SEQ", "AT", "HISTORY", "CHANGES"}, rows);
  return ExitCode::done;
}

}  // namespace

void add_grant(CLI::App& program, Invocation& invocation) {
  CLI::App* group = program.add_subcommand("grant", "Connected accounts: list, show, log");
  group->require_subcommand(1);
  group->fallthrough();
  group->add_subcommand("list", "List the grants of all applications")->callback([&invocation] {
    invocation.action = [](Invocation& call) { return with_connection(call, list); };
  });

  auto shown = std::make_shared<Shown>();
  CLI::App* one = group->add_subcommand("show", "Show one grant, without its secrets");
  one->add_option("GRANT", shown->grant, "Id or e-mail address")->required();
  one->callback([&invocation, shown] {
    invocation.action = [shown](Invocation& call) {
      return with_connection(call, [&](store::Connection& connection) { return show(connection, *shown); });
    };
  });

  CLI::App* log = group->add_subcommand("log", "Show the last changes of one grant");
  log->add_option("GRANT", shown->grant, "Id or e-mail address")->required();
  log->add_option("--rows", shown->rows, "How many commits")->check(CLI::Range(1, log_rows_max));
  log->callback([&invocation, shown] {
    invocation.action = [shown](Invocation& call) {
      return with_connection(call,
                             [&](store::Connection& connection) { return show_log(connection, *shown); });
    };
  });
}

}  // namespace hermod::server
