// Actions: the durable queue of writes, from the API's transaction to the provider's confirmation.
//
//   add ──► pending ──begin_step──► running ──confirm_…──► running … ──► done
//              ▲                        │ postpone                └────► failed (rolled back),
//              outcome_unknown └────────────────────────┘
//
// The API adds an action and what it shows of it in one transaction. The worker that holds the lease takes
// the oldest one that is due and whose objects no older one concerns, and confirms each mutation that the
// provider applied. Lock order: messages by id, collections by id, the clock last.
#pragma once

#include <chrono>

#include "core/actions/plan.hpp"
#include "core/store/collection_store.hpp"
#include "hermod/mutation.hpp"

namespace hermod::store {

// NOTIFY channel; payload: the account's uuid.
inline constexpr const char* actions_channel = "hermod_actions";

struct Action {
  ids::ObjectId action_id;
  actions::ActionKind kind = actions::ActionKind::message_update;
  ids::ObjectId target;
  actions::ActionStatus status = actions::ActionStatus::pending;
  int attempts = 0, step_attempts = 0;
  actions::Intent intent;
  std::string name;                         // of a folder
  std::optional<ids::ObjectId> parent;      // of a folder: another one, none for the top level
  std::optional<std::string> error;         // JSON
  std::int64_t created_at = 0, due_at = 0;  // unix seconds
  std::optional<std::int64_t> finished_at;
};

// --- the API's side
// ------------------------------------------------------------------------------------------

struct MessageWrite {
  actions::ActionKind kind = actions::ActionKind::message_update;
  ids::ObjectId target;                 // a message, a thread, a draft
  std::vector<ids::ObjectId> messages;  // all that it concerns
  actions::Intent intent;
  std::optional<std::string> metadata = {};  // JSON object, ours alone
};
// Gives the action's id; the change shows to everyone who reads from now on. Error{not_found}: there is no
// such message.
Result<ids::ObjectId> write_messages(Connection& connection, const ids::ObjectId& account_id,
                                     const MessageWrite& write);
// The messages of a thread that are shown. Error{not_found} when there are none.
Result<std::vector<ids::ObjectId>> messages_of_thread(Connection& connection, const ids::ObjectId& account_id,
                                                      const ids::ObjectId& thread_id);

struct ActionFilter {
  std::optional<actions::ActionStatus> status;
  std::optional<ids::ObjectId> after;  // newest first: older than this one
  int limit = 50;
};
Result<std::vector<Action>> list_actions(Connection& connection, const ids::ObjectId& account_id,
                                         const ActionFilter& filter);
Result<Action> find_action(Connection& connection, const ids::ObjectId& account_id,
                           const ids::ObjectId& action_id);
// Settles an outcome_unknown: it is tried again, or taken back. Error{conflict} when it is none.
enum class Resolution : std::uint8_t { resend, discard };
Status resolve_action(Connection& connection, const ids::ObjectId& account_id, const ids::ObjectId& action_id,
                      Resolution resolution);

// For transactions of other writers: adds one row and what it concerns; due at once. It also waits for
// actions that make a folder where messages go, and that make or rename the parent of a folder.
Status add_action(Connection& connection, const ids::ObjectId& account_id, const Action& action,
                  const std::vector<ids::ObjectId>& objects);
// For transactions of other writers: everything of an action's end but the log; `changes` gets what it makes
// of its messages.
Status end_action(Connection& connection, const ids::ObjectId& account_id, const Action& action,
                  actions::ActionStatus status, const std::optional<Error>& error, std::int64_t round,
                  std::vector<Change>& changes);
// After the commit.
void wake_actions(Connection& connection, const ids::ObjectId& account_id);

// Of unfinished actions, by message, in their order.
Result<std::vector<std::pair<ids::ObjectId, actions::Intent>>> open_intents(
    Connection& connection, const ids::ObjectId& account_id, const std::vector<ids::ObjectId>& messages);

// --- the worker's side
// ---------------------------------------------------------------------------------------

// Accounts whose lease it holds and that have an action due.
Result<std::vector<ids::ObjectId>> accounts_with_actions(Connection& connection,
                                                         const ids::ObjectId& worker_id);
// The oldest that is due and not held up by an older one.
Result<std::optional<Action>> next_action(Connection& connection, const ids::ObjectId& account_id);
// The messages that it concerns.
Result<std::vector<ids::ObjectId>> messages_of_action(Connection& connection, const ids::ObjectId& account_id,
                                                      const ids::ObjectId& action_id);
// Confirmed placements of a message.
Result<std::vector<actions::Placement>> confirmed_placements(Connection& connection,
                                                             const ids::ObjectId& account_id,
                                                             const ids::ObjectId& message_id);

// Committed before the mutation's first byte: a restart then knows that it may have been applied.
Status begin_step(Connection& connection, const AccountEpoch& account, Action& action);
// The step was not tried, or did not succeed: again after that long.
Status postpone(Connection& connection, const AccountEpoch& account, const Action& action,
                std::chrono::milliseconds delay, const std::optional<Error>& error, bool tried);

// What a provider applied. `remote_id` and `version` as it told.
struct AppliedStep {
  std::optional<RemoteId> remote_id;
  std::optional<RemoteVersion> version;
};
Status confirm_step(Connection& connection, const AccountEpoch& account, const Action& action,
                    const ids::ObjectId& message_id, const actions::MessageStep& step,
                    const AppliedStep& applied, std::int64_t round);

// done, failed (what it changed is taken back) or outcome_unknown.
Status finish_action(Connection& connection, const AccountEpoch& account, const Action& action,
                     actions::ActionStatus status, const std::optional<Error>& error, std::int64_t round);

}  // namespace hermod::store
