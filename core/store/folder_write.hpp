// Writes of folders: what the API shows of them at once, and what the worker confirms.
//
// A folder that an action makes, renames or deletes has a standing of its own until the provider has done so;
// a listing leaves name and parent alone meanwhile, and takes a folder of that path for the one that was made
// or renamed.
#pragma once

#include "core/store/action_store.hpp"
#include "core/store/folder_query.hpp"

namespace hermod::store {

inline constexpr std::size_t folder_name_bytes_max = 255;

struct FolderWritten {
  ids::ObjectId folder_id;
  std::optional<ids::ObjectId> action_id;  // nothing where the mailbox has no part in it
};

struct FolderInput {
  std::string name;
  std::optional<ids::ObjectId> parent;  // none: the top level
};
// Error{conflict}: there is one of that name. Error{invalid_argument}: the parent takes none, or lies below
// the folder.
Result<FolderWritten> create_folder(Connection& connection, const ids::ObjectId& account_id,
                                    const FolderInput& input);

struct FolderUpdate {
  std::optional<std::string> name;
  std::optional<std::optional<ids::ObjectId>> parent;
  std::optional<Role> role;  // given by the application, whatever the server says; another folder loses it
};
Result<FolderWritten> update_folder(Connection& connection, const ids::ObjectId& account_id,
                                    const ids::ObjectId& folder_id, const FolderUpdate& update);
// With everything below it.
Result<FolderWritten> delete_folder(Connection& connection, const ids::ObjectId& account_id,
                                    const ids::ObjectId& folder_id);

// --- the worker's side ---

struct FolderStep {
  std::optional<Mutation> mutation;  // its change alone; nothing: it is done
  bool forgets = false;              // or the folder was never made, and is to be confirmed as deleted
  ids::ObjectId folder_id;           // that it concerns: of a deletion one of those below first
};
// What is to be done next. Error{not_found}: the folder is gone. Error{conflict}: a deletion would take what
// nobody asked to delete.
Result<FolderStep> next_folder_step(Connection& connection, const ids::ObjectId& account_id,
                                    const Action& action);
// Ends the action, too, unless it deletes folders one by one.
Status confirm_folder_step(Connection& connection, const AccountEpoch& account, const Action& action,
                           const FolderStep& step, const MutationOutcome& outcome, std::int64_t round);
// Whether one of them is not there and will never be; none of them waits for an action that makes it.
Result<bool> is_any_folder_gone(Connection& connection, const ids::ObjectId& account_id,
                                const std::vector<ids::ObjectId>& folder_ids);
// For end_action, while the action still has its objects: what it changed is the mailbox's own now, or is
// taken back where it failed; what another unfinished action changes once more stays as that one will have
// it.
Status settle_folders(Connection& connection, const ids::ObjectId& account_id, const Action& action,
                      actions::ActionStatus status, std::vector<Change>& changes);

}  // namespace hermod::store
