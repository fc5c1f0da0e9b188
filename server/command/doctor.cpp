// hermod doctor: looks at everything that a server needs, one line each, and says what to do where something
// is wrong. Changes nothing but what a start would: a private database is started for the duration where no
// server runs.
#include <fmt/format.h>
#include <sys/timex.h>

#include <ctime>

#include "core/blob/blob_store.hpp"
#include "core/secrets/key_file.hpp"
#include "core/store/migration.hpp"
#include "server/command/commands.hpp"
#include "server/command/database_access.hpp"
#include "server/engine/engine.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr std::int64_t clock_difference_max = 5;      // seconds between us and the database
constexpr std::int64_t earliest_now = 1'735'689'600;  // 2025-01-01: a clock before this was never set

// What a check found: a line to show, or an Error.
using Finding = Result<std::string>;

Finding check_data_directory(const Config& config) {
  std::error_code failed;
  if (!std::filesystem::exists(config.server.data_dir, failed)) {
    return config.server.data_dir.string() + " is not there yet; the first start makes it";
  }
  auto directory = prepare_data_directory(config.server.data_dir);
  if (!directory) return std::move(directory).error();
  constexpr const char* holders[] = {"no server uses it", "a server uses it", "a command uses it"};
  return directory->root.string() + ", " +
         holders[static_cast<std::size_t>(DirectoryLock::holder(*directory))];
}

Finding check_keys(const Config& config) {
  const auto path = config.server.data_dir / "keys" / "hermod.keys";
  auto keys = secrets::read_key_file(path);
  if (keys) return fmt::format("{} keys in {}", keys->size(), path.string());
  if (keys.error().kind == ErrorKind::not_found)
    return path.string() + " is not there yet; the first start makes it";
  return std::move(keys).error();
}

Finding check_blobs(const Config& config) {
  std::error_code failed;
  if (!std::filesystem::exists(config.blobs.path, failed)) {
    return config.blobs.path.string() + " is not there yet; the first start makes it";
  }
  if (auto writable = blob::BlobStore({config.blobs.path}).check_writable(); !writable) {
    return std::move(writable).error();
  }
  constexpr double gibibyte = 1 << 30;
  const auto space = std::filesystem::space(config.blobs.path, failed);
  return fmt::format("{}, {:.1f} GiB free", config.blobs.path.string(),
                     static_cast<double>(space.available) / gibibyte);
}

Finding check_plugins(const Config& config) {
  auto options = plugin_options(config);
  if (!options) return std::move(options).error();
  const auto registry = host::PluginRegistry::load(*options);
  if (!registry.refusals().empty()) {
    return failure(ErrorKind::unavailable, registry.refusals().front().line,
                   "`hermod plugin list` shows all of them");
  }
  if (registry.plugins().empty()) {
    return failure(ErrorKind::not_found, "no plugin is loaded, so no account can be connected",
                   "set plugins.path (HERMOD_PLUGIN_PATH) to the folder of hermod-*.so");
  }
  std::string names;
  for (const auto& plugin : registry.plugins())
    names += (names.empty() ? "" : ", ") + plugin.name + " " + plugin.version;
  return names;
}

// The kernel knows whether anything keeps it on time; containers inherit the machine's answer.
Finding check_own_clock() {
  if (std::time(nullptr) < earliest_now) {
    return failure(ErrorKind::unavailable, "the clock was never set", "set it: timedatectl set-ntp true");
  }
  timex state{};
  const bool synchronized = adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0;
  return utc_time(std::time(nullptr)) + (synchronized ? "" : ", not known to be synchronized");
}

Finding check_database(store::Connection& connection) {
  const auto seen = connection.query(
      "SELECT current_setting('server_version'), current_setting('server_version_num')::bigint,"
      " extract(epoch FROM clock_timestamp())::bigint, current_setting('fsync')");
  if (!seen) return seen.error();
  if (seen->integer(0, 1) < 150'000) {
    return failure(ErrorKind::unsupported, "the database is PostgreSQL " + std::string(seen->text(0, 0)),
                   "version 15 or newer is needed");
  }
  const std::int64_t difference = seen->integer(0, 2) - std::time(nullptr);
  if (std::abs(difference) > clock_difference_max) {
    return failure(ErrorKind::unavailable,
                   fmt::format("the database's clock is {} seconds from ours", difference),
                   "let NTP set both: leases between servers rely on it");
  }
  if (seen->text(0, 3) != "on") {
    return failure(ErrorKind::unavailable, "the database runs with fsync off: a power cut would lose data",
                   "set fsync = on in its postgresql.conf");
  }
  return "PostgreSQL " + std::string(seen->text(0, 0));
}

Finding check_schema(store::Connection& connection) {
  const auto version = store::schema_version(connection);
  if (!version) return version.error();
  const int newest = store::newest_schema_version();
  if (*version > newest) {
    return failure(ErrorKind::unsupported,
                   fmt::format("the schema is version {}, newer than this program's {}", *version, newest),
                   "use the newer program");
  }
  return fmt::format(
      "version {}{}", *version,
      *version < newest ? fmt::format("; the next start brings it to {}", newest) : std::string());
}

class Report {
 public:
  void add(std::string_view what, const Finding& finding) {
    if (finding) {
      fmt::print("ok    {:<10} {}\n", what, *finding);
      return;
    }
    failed_ = true;
    fmt::print("FAIL  {:<10} {}\n", what, finding.error().message);
    for (const std::string& line : {finding.error().detail, finding.error().hint}) {
      if (!line.empty()) fmt::print("{:<17}{}\n", "", line);
    }
  }
  ExitCode exit_code() const { return failed_ ? ExitCode::failed : ExitCode::done; }

 private:
  bool failed_ = false;
};

void examine_database(Report& report, const Config& config) {
  std::error_code failed;
  if (config.database.url.empty() &&
      !std::filesystem::exists(config.server.data_dir / "postgres" / "data", failed)) {
    report.add("database", Finding("the private one is not there yet; the first start makes it"));
    return;
  }
  auto access = DatabaseAccess::open(config);
  if (!access) return report.add("database", access.error());
  auto connection = access->database().connect();
  if (!connection) return report.add("database", connection.error());
  report.add("database", check_database(*connection));
  report.add("schema", check_schema(*connection));
}

ExitCode doctor(const Config& config) {
  Report report;
  report.add("config",
             Finding(config.file.empty() ? "no file, defaults and variables" : config.file.string()));
  for (const std::string& warning : config.warnings) fmt::print("      {:<10} {}\n", "", warning);
  report.add("data", check_data_directory(config));
  report.add("keys", check_keys(config));
  report.add("blobs", check_blobs(config));
  report.add("plugins", check_plugins(config));
  report.add("clock", check_own_clock());
  examine_database(report, config);
  return report.exit_code();
}

}  // namespace

void add_doctor(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand("doctor", "Check what a server needs and say what to do");
  command->callback(
      [&invocation] { invocation.action = [](Invocation& call) { return call.with_config(doctor); }; });
}

}  // namespace hermod::server
