// hermod grant: the connected accounts, read only: which there are, how far each is, what changed last, and
// whether the store has what the server has.
#include <Poco/JSON/Array.h>
#include <fmt/format.h>

#include <thread>

#include "core/store/grant_store.hpp"
#include "core/store/request_store.hpp"
#include "server/command/commands.hpp"
#include "server/command/database_access.hpp"
#include "server/command/grant_lookup.hpp"
#include "server/failure.hpp"
#include "server/json/body.hpp"

namespace hermod::server {
namespace {

constexpr int grants_shown_max = 1000;
constexpr int log_rows_max = 10'000;
constexpr auto taken_within = std::chrono::seconds(15);
constexpr auto look_interval = std::chrono::milliseconds(200);

struct Shown {
  std::string grant;  // id or e-mail address
  int rows = 50;
  int seconds = 600;  // that a comparison may take
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

ExitCode show(store::Connection& connection, const Shown& shown) {
  const auto grant = find_any_grant(connection, shown.grant);
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
  const auto grant = find_any_grant(connection, shown.grant);
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

// By whoever holds the account's lease: a running `hermod serve`.
ExitCode verify(store::Connection& connection, const Shown& shown) {
  const auto grant = find_any_grant(connection, shown.grant);
  if (!grant) return fail(grant.error());
  store::RequestInput request;
  request.request_id = ids::new_object_id();
  request.account_id = grant->account_id;
  request.kind = store::RequestKind::consistency;
  request.priority = store::RequestPriority::bulk;
  request.take_within = taken_within;
  request.answer_within = std::chrono::seconds(shown.seconds);
  if (Status added = store::add_request(connection, request); !added) return fail(added.error());
  std::optional<std::string> answer;
  while (!answer) {
    auto collected = store::collect_answer(connection, request.request_id);
    if (!collected) return fail(collected.error());
    answer = std::move(*collected);
    if (!answer) std::this_thread::sleep_for(look_interval);
  }
  const auto result = parse_json_object(*answer);
  if (!result) return fail(result.error());
  std::vector<std::vector<std::string>> rows;
  const auto folders = (*result)->getArray("folders");
  for (std::size_t i = 0; i < folders->size(); ++i) {
    const auto folder = folders->getObject(static_cast<unsigned>(i));
    std::vector<std::string> row{folder->getValue<std::string>("path")};
    for (const char* count : {"server", "store", "differences"})
      row.push_back(std::to_string(folder->getValue<std::int64_t>(count)));
    for (const char* list : {"missing", "extra", "flags"})
      row.push_back(std::to_string(folder->getArray(list)->size()));
    rows.push_back(std::move(row));
  }
  print_table({"FOLDER", "SERVER", "STORE", "DIFFERENCES", "MISSING", "EXTRA", "FLAGS"}, rows);
  return (*result)->getValue<bool>("consistent") ? ExitCode::done : ExitCode::failed;
}

}  // namespace

Result<store::Grant> find_any_grant(store::Connection& connection, const std::string& identifier) {
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

void add_grant(CLI::App& program, Invocation& invocation) {
  CLI::App* group = program.add_subcommand("grant", "Connected accounts: list, show, log, verify");
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

  CLI::App* verified = group->add_subcommand(
      "verify", "Compare the mail server with the store; needs a running `hermod serve`");
  verified->add_option("GRANT", shown->grant, "Id or e-mail address")->required();
  verified->add_option("--seconds", shown->seconds, "How long it may take")->check(CLI::Range(1, 86'400));
  verified->callback([&invocation, shown] {
    invocation.action = [shown](Invocation& call) {
      return with_connection(call, [&](store::Connection& connection) { return verify(connection, *shown); });
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
