#include "core/durability/durable_step.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <optional>
#include <string_view>

namespace hermod::durability {
namespace {

constexpr std::string_view names[] = {
    "cluster_made",          "cluster_placed",      "database_made",       "key_file_written",
    "key_file_placed",       "migration_written",   "migration_committed", "change_log_prepared",
    "application_made",      "blob_root_made",      "grant_connected",     "grant_updated",
    "grant_deleted",         "action_added",        "changes_placed",      "lease_taken",         "plugin_state_stored",
    "listing_committed",     "account_folder_made", "pack_made",           "pack_reopened",
    "record_appended",       "pack_synced",         "pack_entry_synced",   "page_written",
    "page_committed",        "snapshot_begun",      "orphans_deleted",     "action_step_begun",
    "action_step_confirmed", "action_finished",     "sync_state_told",     "lease_released",
    "deliveries_queued",     "outcomes_written",
    "search_filled",         "rows_erased",         "pack_erased",         "blobs_erased",
    "grant_forgotten"};
static_assert(std::size(names) == static_cast<std::size_t>(DurableStep::grant_forgotten) + 1);

// What was asked for; written once, before there are threads.
std::optional<DurableStep> last_step;
std::atomic<std::int64_t> passings_left = 0;
int notes = -1;

void write_line(std::string_view prefix, std::string_view name) {
  const std::string line = std::string(prefix) + std::string(name) + "\n";
  (void)!::write(notes, line.data(), line.size());  // one call, so that lines of several threads stay whole
}

Error makes_no_sense() {
  return {ErrorKind::invalid_argument,
          ErrorScope::provider,
          Retry::never(),
          std::string(durable_steps_variable) + " is neither note:FILE nor kill:STEP:N",
          {},
          {},
          {}};
}

Status note_into(const std::string& path) {
  notes = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (notes < 0) return makes_no_sense();
  for (const std::string_view name : names) write_line("known ", name);
  return ok();
}

Status kill_at(std::string_view step_and_passing) {
  const std::size_t colon = step_and_passing.find(':');
  if (colon == std::string_view::npos) return makes_no_sense();
  const std::string_view step = step_and_passing.substr(0, colon);
  const std::string_view passing = step_and_passing.substr(colon + 1);
  std::int64_t count = 0;
  const auto [end, failed] = std::from_chars(passing.data(), passing.data() + passing.size(), count);
  if (failed != std::errc{} || end != passing.data() + passing.size() || count < 1) return makes_no_sense();
  for (std::size_t i = 0; i < std::size(names); ++i) {
    if (names[i] == step) last_step = static_cast<DurableStep>(i);
  }
  if (!last_step) return makes_no_sense();
  passings_left = count;
  return ok();
}

}  // namespace

Status watch_durable_steps(const std::string& instruction) {
  const std::string_view text = instruction;
  Status understood = makes_no_sense();
  if (text.starts_with("note:")) understood = note_into(instruction.substr(5));
  if (text.starts_with("kill:")) understood = kill_at(text.substr(5));
  detail::watched = understood.has_value();
  return understood;
}

void detail::note(DurableStep step) {
  if (notes >= 0) write_line({}, names[static_cast<std::size_t>(step)]);
  if (step == last_step && --passings_left == 0) ::kill(::getpid(), SIGKILL);
}

}  // namespace hermod::durability
