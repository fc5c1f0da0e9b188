// hermod listen: the change feed as JSON lines on standard output, of one grant or of the default
// application, until SIGINT, SIGTERM or the end of whoever reads. Reads the database as the server does;
// `hermod serve` need not run here, but without one nothing new comes.
#include <atomic>
#include <cstdio>

#include "core/feed/sequencer.hpp"
#include "core/store/application_store.hpp"
#include "core/store/migration.hpp"
#include "core/store/notification_listener.hpp"
#include "server/command/commands.hpp"
#include "server/command/database_access.hpp"
#include "server/command/grant_lookup.hpp"
#include "server/command/stop_signal.hpp"
#include "server/failure.hpp"
#include "server/feed/feed_reader.hpp"

namespace hermod::server {
namespace {

using namespace std::chrono_literals;

constexpr int page_entries = 100;
constexpr auto look_interval = 50ms;      // at what woke us, not at the database
constexpr auto sweep_interval = 2'000ms;  // at the database
constexpr auto stop_max = 30s;

struct Listened {
  std::string grant;  // id or e-mail address; empty: every grant of the default application
  std::vector<std::string> types;
  std::string cursor = "now";  // empty: everything that exists first
  bool include_data = false;
};

Result<FeedScope> scope_of(store::Connection& connection, const Listened& listened) {
  if (!listened.grant.empty()) {
    auto grant = find_any_grant(connection, listened.grant);
    if (!grant) return std::move(grant).error();
    return FeedScope{FeedScope::Kind::grant, grant->account_id};
  }
  auto application = store::default_application(connection);
  if (!application) return std::move(application).error();
  return FeedScope{FeedScope::Kind::application, application->application_id};
}

Result<FeedCursor> start_of(store::Connection& connection, const FeedScope& scope, const std::string& text) {
  if (text.empty()) return snapshot_cursor(connection, scope);
  if (text == "now") return now_cursor(connection, scope);
  if (const auto cursor = parse_cursor(scope, text)) return *cursor;
  return failure(ErrorKind::invalid_argument, "the cursor is not one of this feed",
                 "pass a cursor of the same grant, or of all grants, unchanged");
}

// False when nobody reads any more.
bool print_line(const std::string& line) {
  return std::fwrite(line.data(), 1, line.size(), stdout) == line.size() && std::fputc('\n', stdout) != EOF;
}

ExitCode follow(store::Database& database, const Listened& listened, StopSignal& stop) {
  FeedFilter filter;
  auto types = EntryTypes::parse(listened.types);
  if (!types) return fail(types.error());
  filter.types = *types;
  if (listened.include_data) filter.data = EntryData::included;
  auto connection = database.connect();
  if (!connection) return fail(connection.error());
  if (auto migrated = store::migrate(*connection); !migrated) return fail(migrated.error());
  auto scope = scope_of(*connection, listened);
  if (!scope) return fail(scope.error());
  auto start = start_of(*connection, *scope, listened.cursor);
  if (!start) return fail(start.error());
  FeedCursor at = *start;

  std::atomic<bool> woken{true};
  const store::NotificationListener listener(database, feed::feed_channel, sweep_interval,
                                             [&](std::string_view) { woken = true; });
  bool more = false;
  while (!stop.wait(more ? 0ms : look_interval)) {
    if (!more && !woken.exchange(false)) continue;
    auto page = read_feed(*connection, *scope, at, filter, page_entries);
    if (!page && page.error().kind == ErrorKind::unavailable) continue;  // the next sweep tries again
    if (!page) return fail(page.error());
    for (const FeedEntry& entry : page->entries) {
      if (!print_line(entry_json(*scope, entry, filter.data))) return ExitCode::done;
    }
    if (std::fflush(stdout) != 0) return ExitCode::done;
    at = page->next;
    more = page->more;
  }
  return ExitCode::done;
}

ExitCode listen(const Config& config, const Listened& listened) {
  StopSignal::block();
  StopSignal stop(stop_max);
  auto access = DatabaseAccess::open(config);
  if (!access) {
    tell(access.error());
    return access.error().kind == ErrorKind::conflict ? ExitCode::in_use : exit_code(access.error());
  }
  return follow(access->database(), listened, stop);
}

}  // namespace

void add_listen(CLI::App& program, Invocation& invocation) {
  auto listened = std::make_shared<Listened>();
  CLI::App* command = program.add_subcommand("listen", "Print changes as they come, a JSON object a line");
  command->add_option("--grant", listened->grant,
                      "Of this grant: id or e-mail address; left out: of all grants");
  command->add_option("--types", listened->types, "Only these: message.created, folder.*, thread, …")
      ->delimiter(',');
  command->add_option(
      "--cursor", listened->cursor,
      "Where to begin: `now`, a cursor, or empty for everything that exists and then what comes");
  command->add_flag("--include-data", listened->include_data, "With the objects as they are now");
  command->callback([&invocation, listened] {
    invocation.action = [listened](Invocation& call) {
      return call.with_config([&](const Config& config) { return listen(config, *listened); });
    };
  });
}

}  // namespace hermod::server
