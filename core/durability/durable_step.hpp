// Durable steps: the points where something that must outlive the process has just reached the disk or the
// database.
//
// passed() stands right behind each. It is one load of a flag, unless the program was started with
// durable_steps_variable in its environment, by which the crash test (tests/functional/test_durable_steps.py)
// notes which steps a run takes, or lets the process die at one of them as kill -9 would. Behind a step that
// is a commit, a death proves that what follows can be missing; before it, that the transaction leaves
// nothing behind: hence the pairs written, committed. Owner: the process. Threads: passed() from any,
// watch_durable_steps() before there are others.
#pragma once

#include <cstdint>
#include <string>

#include "hermod/result.hpp"

namespace hermod::durability {

enum class DurableStep : std::uint8_t {
  // first start
  cluster_made,  // initdb is done, beside its place
  cluster_placed,
  database_made,
  key_file_written,  // beside its place, synced
  key_file_placed,
  migration_written,
  migration_committed,
  change_log_prepared,
  application_made,
  blob_root_made,  // its entry is not synced yet
  // the API
  grant_connected,  // nobody was notified yet
  grant_updated,
  grant_deleted,
  action_added,  // its worker was not woken yet
  changes_placed,  // the log's new rows have their positions over all accounts
  // sync
  lease_taken,
  plugin_state_stored,
  listing_committed,
  account_folder_made,
  pack_made,
  pack_reopened,  // to go on in it; what a crash had left behind its last record is cut off
  record_appended,
  pack_synced,
  pack_entry_synced,
  page_written,
  page_committed,
  snapshot_begun,
  orphans_deleted,
  action_step_begun,
  action_step_confirmed,
  action_finished,
  sync_state_told,
  lease_released,
  // webhooks
  deliveries_queued,  // with the cursor in the log
  outcomes_written,
  // behind it
  search_filled,
  rows_erased,  // a batch of them
  pack_erased,
  blobs_erased,
  grant_forgotten,
};

// Values: "note:FILE" appends a line "known NAME" for every step there is, then the name of each that is
// passed; "kill:NAME:N" ends the process with SIGKILL at the N-th passing (from 1).
inline constexpr const char* durable_steps_variable = "HERMOD_DURABLE_STEPS";

// For `hermod serve`, with the variable's value. Error{invalid_argument} when it makes no sense.
Status watch_durable_steps(const std::string& instruction);

namespace detail {
inline bool watched = false;
void note(DurableStep step);
}  // namespace detail

inline void passed(DurableStep step) {
  if (detail::watched) [[unlikely]]
    detail::note(step);
}

}  // namespace hermod::durability
