#include "core/store/folder_write.hpp"

#include <algorithm>
#include <map>

#include "core/durability/durable_step.hpp"
#include "core/store/application_store.hpp"
#include "core/store/effective_state.hpp"

namespace hermod::store {

namespace {

using actions::ActionKind;

using Standing = FolderStanding;
constexpr int standing(Standing value) { return static_cast<int>(value); }

Error refused(ErrorKind kind, std::string message, std::string hint = {}) {
  return {kind, ErrorScope::item, Retry::never(), std::move(message), {}, std::move(hint), {}};
}

struct FolderRow {
  ids::ObjectId folder_id;
  std::string remote_id, parent_remote_id, name, path;
  int kind = 0;
  Rights rights;
  Standing standing = Standing::confirmed;
  Role role = Role::none;
};

constexpr const char* row_columns =
    "SELECT collection_id, remote_id, parent_remote_id, name, path, kind, rights, standing, role FROM "
    "collections WHERE"
    " account_id = $1 AND ";

FolderRow row_of(const Rows& rows, int row) {
  return {rows.id(row, 0),
          rows.bytes(row, 1),
          rows.bytes(row, 2),
          std::string(rows.text(row, 3)),
          std::string(rows.text(row, 4)),
          static_cast<int>(rows.integer(row, 5)),
          {static_cast<std::uint8_t>(rows.integer(row, 6))},
          static_cast<Standing>(rows.integer(row, 7)),
          static_cast<Role>(rows.integer(row, 8))};
}

Result<FolderRow> find_row(Connection& connection, const ids::ObjectId& account_id,
                           const ids::ObjectId& folder_id) {
  auto rows = connection.query(std::string(row_columns) + "collection_id = $2", account_id, folder_id);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return refused(ErrorKind::not_found, "there is no such folder");
  return row_of(*rows, 0);
}

Result<FolderRow> find_shown(Connection& connection, const ids::ObjectId& account_id,
                             const ids::ObjectId& folder_id) {
  auto row = find_row(connection, account_id, folder_id);
  if (row && row->standing == Standing::leaving)
    return refused(ErrorKind::not_found, "there is no such folder");
  return row;
}

// All writes of an account's folders one after the other: their names must stay unique.
Status lock_folders(Connection& connection, const ids::ObjectId& account_id) {
  auto locked = connection.query(
      "SELECT FROM collections WHERE account_id = $1 ORDER BY collection_id FOR UPDATE", account_id);
  if (!locked) return std::move(locked).error();
  return ok();
}

// Where a folder of that name lies under the parent.
struct Place {
  std::string path, parent_remote_id;
  std::vector<ids::ObjectId> leaving;  // folders that are to be deleted and have that path until then
};

Result<Place> place_under(Connection& connection, const ids::ObjectId& account_id,
                          const std::optional<ids::ObjectId>& parent, const std::string& name) {
  Place place{name, {}, {}};
  if (parent) {
    auto row = find_shown(connection, account_id, *parent);
    if (!row && row.error().kind == ErrorKind::not_found)
      return refused(ErrorKind::invalid_argument, "`parent_id` names a folder that is not there");
    if (!row) return std::move(row).error();
    if (!row->rights.has(Right::create_children))
      return refused(ErrorKind::invalid_argument, "`parent_id` names a folder that takes no folders");
    place.path = row->path + "/" + name;
    place.parent_remote_id = std::move(row->remote_id);
  }
  auto taken = connection.query(
      "SELECT collection_id, standing FROM collections WHERE account_id = $1 AND path = $2 ORDER BY 1",
      account_id, place.path);
  if (!taken) return std::move(taken).error();
  for (int row = 0; row < taken->size(); ++row) {
    if (static_cast<Standing>(taken->integer(row, 1)) != Standing::leaving)
      return refused(ErrorKind::conflict, "there is a folder of that name");
    place.leaving.push_back(taken->id(row, 0));
  }
  return place;
}

// Folders that an unfinished action renames. Where they lie in the mailbox until then is not known here.
Status add_renamed(Connection& connection, const ids::ObjectId& account_id,
                   std::vector<ids::ObjectId>& folders) {
  auto rows = connection.query(
      "SELECT DISTINCT target FROM actions WHERE account_id = $1 AND kind = $2 AND finished_at IS NULL",
      account_id, static_cast<int>(ActionKind::folder_update));
  if (!rows) return std::move(rows).error();
  for (int row = 0; row < rows->size(); ++row) folders.push_back(rows->id(row, 0));
  return ok();
}

// `objects`: what it changes, and what must have left its place before. It waits for all renames, too: until
// then they may hold the name that it gives, or lie below the folder that it deletes.
Result<ids::ObjectId> add(Connection& connection, const ids::ObjectId& account_id, ActionKind kind,
                          const ids::ObjectId& folder_id, std::string name,
                          std::optional<ids::ObjectId> parent, std::vector<ids::ObjectId> objects) {
  Action action;
  action.action_id = ids::new_object_id();
  action.kind = kind;
  action.target = folder_id;
  action.name = std::move(name);
  action.parent = parent;
  action.created_at = unix_seconds();
  objects.push_back(folder_id);
  Status added = add_renamed(connection, account_id, objects);
  if (added) added = add_action(connection, account_id, action, objects);
  if (!added) return std::move(added).error();
  return action.action_id;
}

Status end(Connection& connection, Transaction& transaction, const ids::ObjectId& account_id,
           const std::vector<Change>& changes) {
  if (auto logged = append_changes(connection, account_id, changes); !logged)
    return std::move(logged).error();
  if (Status committed = transaction.commit(); !committed) return committed;
  durability::passed(durability::DurableStep::action_added);
  wake_actions(connection, account_id);
  return ok();
}

Status done(Result<Rows> rows) {
  if (!rows) return std::move(rows).error();
  return ok();
}

// It and everything below it, what lies deepest first. By parents, not by paths: a name may hold what divides
// paths, and a path may be given anew while the folder that had it is leaving.
Result<std::vector<FolderRow>> subtree(Connection& connection, const ids::ObjectId& account_id,
                                       const ids::ObjectId& folder_id) {
  auto rows = connection.query(std::string(row_columns) + "true ORDER BY collection_id", account_id);
  if (!rows) return std::move(rows).error();
  std::vector<FolderRow> found;
  std::multimap<std::string, FolderRow> children;  // by parent
  for (int row = 0; row < rows->size(); ++row) {
    FolderRow folder = row_of(*rows, row);
    if (folder.folder_id == folder_id) {
      found.push_back(std::move(folder));
    } else {
      std::string parent = folder.parent_remote_id;
      children.emplace(std::move(parent), std::move(folder));
    }
  }
  for (std::size_t at = 0; at < found.size(); ++at) {
    const auto [first, last] = children.equal_range(found[at].remote_id);
    for (auto child = first; child != last; ++child) found.push_back(std::move(child->second));
    children.erase(first, last);  // each once: a circle of parents ends
  }
  std::ranges::reverse(found);
  return found;
}

std::vector<ids::ObjectId> ids_of(const std::vector<FolderRow>& folders) {
  std::vector<ids::ObjectId> found;
  for (const FolderRow& folder : folders) found.push_back(folder.folder_id);
  return found;
}

// Gives the folder the role; whoever had it has none from then on.
Status override_role(Connection& connection, const ids::ObjectId& account_id, const ids::ObjectId& folder_id,
                     Role role, std::vector<Change>& changes) {
  auto rows = connection.query(
      "UPDATE collections SET role = CASE WHEN collection_id = $2 THEN $3 ELSE 0 END, role_override = CASE "
      "WHEN collection_id ="
      " $2 THEN $3 ELSE 0 END WHERE account_id = $1 AND ((collection_id = $2 AND (role <> $3 OR "
      "role_override IS DISTINCT FROM"
      " $3)) OR (collection_id <> $2 AND role = $3 AND $3 <> 0)) RETURNING collection_id",
      account_id, folder_id, static_cast<int>(role));
  if (!rows) return std::move(rows).error();
  for (int row = 0; row < rows->size(); ++row) {
    changes.push_back({ObjectType::folder, ChangeType::updated, rows->id(row, 0), bit(ChangedField::role)});
  }
  return ok();
}

}  // namespace

Result<FolderWritten> create_folder(Connection& connection, const ids::ObjectId& account_id,
                                    const FolderInput& input) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  if (Status locked = lock_folders(connection, account_id); !locked) return std::move(locked).error();
  auto place = place_under(connection, account_id, input.parent, input.name);
  if (!place) return std::move(place).error();
  const ids::ObjectId folder_id = ids::new_object_id();
  const std::string remote_id = arriving_remote_id(folder_id);
  // As its parent is, a folder or a label; at the top level as the inbox is.
  auto made = connection.query(
      "INSERT INTO collections (account_id, collection_id, remote_id, parent_remote_id, name, path, kind, "
      "role, role_source, rights,"
      " standing) SELECT $1, $2, $3, $4, $5, $6, coalesce((SELECT kind FROM collections WHERE account_id = "
      "$1 AND kind <= 1 AND"
      " (remote_id = $4 OR ($4 = '' AND role = 1)) LIMIT 1), 0), 0, 0, $7, 2",
      account_id, folder_id, Bytes{remote_id}, Bytes{place->parent_remote_id}, input.name, place->path,
      static_cast<int>(Rights::all().bits));
  if (!made) return std::move(made).error();
  auto action_id = add(connection, account_id, ActionKind::folder_create, folder_id, input.name, input.parent,
                       std::move(place->leaving));
  if (!action_id) return std::move(action_id).error();
  Status ended =
      end(connection, *transaction, account_id, {{ObjectType::folder, ChangeType::created, folder_id, 0}});
  if (!ended) return std::move(ended).error();
  return FolderWritten{folder_id, *action_id};
}

Result<FolderWritten> update_folder(Connection& connection, const ids::ObjectId& account_id,
                                    const ids::ObjectId& folder_id, const FolderUpdate& update) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  if (Status locked = lock_folders(connection, account_id); !locked) return std::move(locked).error();
  auto folder = find_shown(connection, account_id, folder_id);
  if (!folder) return std::move(folder).error();
  FolderWritten written{folder_id, {}};
  std::vector<Change> changes;
  if (update.role) {
    if (Status given = override_role(connection, account_id, folder_id, *update.role, changes); !given)
      return std::move(given).error();
  }
  const std::string name = update.name.value_or(folder->name);
  std::optional<ids::ObjectId> held_parent;
  if (!folder->parent_remote_id.empty()) {
    auto rows =
        connection.query("SELECT collection_id FROM collections WHERE account_id = $1 AND remote_id = $2",
                         account_id, Bytes{folder->parent_remote_id});
    if (!rows) return std::move(rows).error();
    if (!rows->empty()) held_parent = rows->id(0, 0);
  }
  const std::optional<ids::ObjectId> parent = update.parent.value_or(held_parent);
  if (update.name || update.parent) {
    if (!folder->rights.has(Right::rename))
      return refused(ErrorKind::invalid_argument, "this folder cannot be renamed");
    if (folder->role == Role::inbox)
      return refused(ErrorKind::invalid_argument, "the inbox cannot be renamed");
    auto whole = subtree(connection, account_id, folder_id);
    if (!whole) return std::move(whole).error();
    for (const FolderRow& below : *whole) {
      if (parent && below.folder_id == *parent)
        return refused(ErrorKind::invalid_argument, "a folder cannot lie in itself");
    }
    if (name != folder->name || parent != held_parent) {
      auto place = place_under(connection, account_id, parent, name);
      if (!place) return std::move(place).error();
      Status renamed = done(connection.query(
          "UPDATE collections SET path = CASE WHEN path = $3 OR starts_with(path, $3 || '/') THEN $4 || "
          "substr(path, length($3) + 1) ELSE path END, name = CASE WHEN collection_id = $2 THEN $5 ELSE name "
          "END, parent_remote_id = CASE WHEN collection_id = $2 THEN $6 ELSE parent_remote_id END, standing "
          "= "
          "CASE WHEN standing = 0 THEN 3 ELSE standing END WHERE account_id = $1 AND collection_id = "
          "ANY($7::uuid[]) AND standing <> 1",
          account_id, folder_id, folder->path, place->path, name, Bytes{place->parent_remote_id},
          ids_of(*whole)));
      if (!renamed) return std::move(renamed).error();
      std::vector<ids::ObjectId> objects = ids_of(*whole);
      objects.insert(objects.end(), place->leaving.begin(), place->leaving.end());
      auto action_id =
          add(connection, account_id, ActionKind::folder_update, folder_id, name, parent, std::move(objects));
      if (!action_id) return std::move(action_id).error();
      written.action_id = *action_id;
      const auto fields = bit(ChangedField::name) | (parent != held_parent ? bit(ChangedField::parent) : 0);
      changes.push_back({ObjectType::folder, ChangeType::updated, folder_id, fields});
    }
  }
  if (Status ended = end(connection, *transaction, account_id, changes); !ended)
    return std::move(ended).error();
  return written;
}

Result<FolderWritten> delete_folder(Connection& connection, const ids::ObjectId& account_id,
                                    const ids::ObjectId& folder_id) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  if (Status locked = lock_folders(connection, account_id); !locked) return std::move(locked).error();
  auto folder = find_shown(connection, account_id, folder_id);
  if (!folder) return std::move(folder).error();
  auto whole = subtree(connection, account_id, folder_id);
  if (!whole) return std::move(whole).error();
  std::vector<Change> changes;
  for (const FolderRow& below : *whole) {
    if (below.role == Role::inbox) return refused(ErrorKind::invalid_argument, "the inbox cannot be deleted");
    if (below.standing != Standing::leaving)
      changes.push_back({ObjectType::folder, ChangeType::deleted, below.folder_id, 0});
  }
  Status hidden = done(connection.query(
      "UPDATE collections SET standing = 1 WHERE account_id = $1 AND collection_id = ANY($2::uuid[])",
      account_id, ids_of(*whole)));
  if (!hidden) return std::move(hidden).error();
  auto action_id = add(connection, account_id, ActionKind::folder_destroy, folder_id, folder->name,
                       std::nullopt, ids_of(*whole));
  if (!action_id) return std::move(action_id).error();
  if (Status ended = end(connection, *transaction, account_id, changes); !ended)
    return std::move(ended).error();
  return FolderWritten{folder_id, *action_id};
}

// --- the worker's side
// -------------------------------------------------------------------------------------------

Result<FolderStep> next_folder_step(Connection& connection, const ids::ObjectId& account_id,
                                    const Action& action) {
  auto folder = find_row(connection, account_id, action.target);
  if (!folder) {
    const bool gone =
        folder.error().kind == ErrorKind::not_found && action.kind == ActionKind::folder_destroy;
    if (gone) return FolderStep{std::nullopt, false, action.target};
    return std::move(folder).error();
  }
  FolderStep step{std::nullopt, false, action.target};
  const auto change = [&](auto value) { step.mutation.emplace().change = std::move(value); };
  std::string parent;
  if (action.parent) {
    auto row = find_row(connection, account_id, *action.parent);
    if (!row) return std::move(row).error();
    if (is_arriving_remote_id(row->remote_id) && folder->standing != Standing::leaving)
      return refused(ErrorKind::not_found, "the parent was not made");
    parent = row->remote_id;
  }
  switch (action.kind) {
    case ActionKind::folder_create:
      // Also one that is to be deleted again, if it may have been made.
      if (folder->standing == Standing::arriving ||
          (action.attempts > 0 && is_arriving_remote_id(folder->remote_id))) {
        change(CreateCollection{{parent}, action.name, static_cast<CollectionKind>(folder->kind)});
      }
      break;
    case ActionKind::folder_update:
      if (folder->standing == Standing::renamed)
        change(RenameCollection{{folder->remote_id}, {parent}, action.name});
      break;
    default: {
      auto whole = subtree(connection, account_id, action.target);
      if (!whole) return std::move(whole).error();
      // What another client has put below it meanwhile nobody asked to delete.
      if (std::ranges::any_of(*whole, [](const FolderRow& one) { return one.standing != Standing::leaving; }))
        return refused(ErrorKind::conflict, "another folder lies in it meanwhile");
      const FolderRow& first = whole->front();
      step.folder_id = first.folder_id;
      step.forgets = is_arriving_remote_id(first.remote_id);
      if (!step.forgets) change(DeleteCollection{{first.remote_id}});
    }
  }
  return step;
}

Status confirm_folder_step(Connection& connection, const AccountEpoch& account, const Action& action,
                           const FolderStep& step, const MutationOutcome& outcome, std::int64_t round) {
  const ids::ObjectId& account_id = account.account_id;
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  std::vector<Change> changes;
  const auto refile = [&](const std::string& from, const std::string& to) {
    if (Status filed = done(
            connection.query("UPDATE collections SET remote_id = $3 WHERE account_id = $1 AND remote_id = $2",
                             account_id, Bytes{from}, Bytes{to}));
        !filed)
      return filed;
    return done(connection.query(
        "UPDATE collections SET parent_remote_id = $3 WHERE account_id = $1 AND parent_remote_id = $2",
        account_id, Bytes{from}, Bytes{to}));
  };
  if (action.kind == ActionKind::folder_destroy) {
    EffectiveState held(connection, account_id);
    auto rows = connection.query(
        "SELECT DISTINCT message_id FROM placements WHERE account_id = $1 AND collection_id = $2", account_id,
        step.folder_id);
    if (!rows) return std::move(rows).error();
    std::vector<ids::ObjectId> messages;
    for (int row = 0; row < rows->size(); ++row) messages.push_back(rows->id(row, 0));
    Status locked = held.lock(messages);
    if (locked) locked = lock_folders(connection, account_id);
    if (!locked) return locked;
    for (const char* table : {"placements", "collections"}) {
      Status gone = done(connection.query(
          std::string("DELETE FROM ") + table + " WHERE account_id = $1 AND collection_id = $2", account_id,
          step.folder_id));
      if (!gone) return gone;
    }
    ThreadChanges threads;
    if (Status settled = held.settle(round, changes, threads); !settled) return settled;
    append_threads(changes, threads);
    if (Status counted = held.write_counts(); !counted) return counted;
    Status next = done(connection.query(
        "UPDATE actions SET step_attempts = 0, error = NULL WHERE account_id = $1 AND action_id = $2",
        account_id, action.action_id));
    if (!next) return next;
  } else {
    if (Status locked = lock_folders(connection, account_id); !locked) return locked;
    auto folder = find_row(connection, account_id, action.target);
    if (!folder) return std::move(folder).error();
    // A listing may have seen it in the meantime, and filed it by itself.
    if (outcome.new_collection && folder->remote_id != outcome.new_collection->bytes) {
      auto seen = connection.query("SELECT FROM collections WHERE account_id = $1 AND remote_id = $2",
                                   account_id, Bytes{outcome.new_collection->bytes});
      if (!seen) return std::move(seen).error();
      if (seen->empty()) {
        if (Status filed = refile(folder->remote_id, outcome.new_collection->bytes); !filed) return filed;
      }
    }
    for (const MovedCollection& moved : outcome.moved_collections) {
      if (Status filed = refile(moved.from.bytes, moved.to.bytes); !filed) return filed;
    }
    Status ended =
        end_action(connection, account_id, action, actions::ActionStatus::done, std::nullopt, round, changes);
    if (!ended) return ended;
  }
  if (auto logged = append_changes(connection, account, changes, History::live); !logged)
    return std::move(logged).error();
  if (Status committed = transaction->commit(); !committed) return committed;
  durability::passed(durability::DurableStep::action_step_confirmed);
  return ok();
}

Result<bool> is_any_folder_gone(Connection& connection, const ids::ObjectId& account_id,
                                const std::vector<ids::ObjectId>& folder_ids) {
  for (const ids::ObjectId& folder_id : folder_ids) {
    auto folder = find_row(connection, account_id, folder_id);
    if (!folder && folder.error().kind == ErrorKind::not_found) return true;
    if (!folder) return std::move(folder).error();
    if (is_arriving_remote_id(folder->remote_id)) return true;  // to be deleted again, and so never made
  }
  return false;
}

Status settle_folders(Connection& connection, const ids::ObjectId& account_id, const Action& action,
                      actions::ActionStatus status, std::vector<Change>& changes) {
  if (Status locked = lock_folders(connection, account_id); !locked) return locked;
  if (action.kind == ActionKind::folder_create && status == actions::ActionStatus::failed) {
    auto gone = connection.query(
        "DELETE FROM collections WHERE account_id = $1 AND collection_id = $2 AND standing = 2 RETURNING 1",
        account_id, action.target);
    if (!gone) return std::move(gone).error();
    if (!gone->empty()) changes.push_back({ObjectType::folder, ChangeType::deleted, action.target, 0});
    return ok();
  }
  // Folders that no other unfinished action of the kind concerns.
  const std::string concerned_by_others =
      "EXISTS (SELECT FROM action_objects o JOIN actions a ON a.account_id = $1 AND a.action_id = "
      "o.action_id WHERE "
      "o.account_id = $1 AND o.object_id = c.collection_id AND o.action_id <> $2 AND a.kind = $3)";
  if (action.kind == ActionKind::folder_create) {
    return done(connection.query(
        "UPDATE collections c SET standing = CASE WHEN " + concerned_by_others +
            " THEN 3 ELSE 0 END WHERE c.account_id = $1 AND c.collection_id = $4 AND "
            "c.standing = 2",
        account_id, action.action_id, static_cast<int>(ActionKind::folder_update), action.target));
  }
  // The next listing gives one whose renaming failed its name back.
  const Standing before = action.kind == ActionKind::folder_update ? Standing::renamed : Standing::leaving;
  auto rows = connection.query(
      "UPDATE collections c SET standing = 0 WHERE c.account_id = $1 AND c.standing = $4 AND c.collection_id "
      "IN "
      "(SELECT o.object_id FROM action_objects o WHERE o.account_id = $1 AND o.action_id = $2) AND NOT " +
          concerned_by_others + " RETURNING c.collection_id",
      account_id, action.action_id, static_cast<int>(action.kind), standing(before));
  if (!rows) return std::move(rows).error();
  for (int row = 0; row < rows->size() && before == Standing::leaving; ++row) {
    changes.push_back({ObjectType::folder, ChangeType::created, rows->id(row, 0), 0});
  }
  return ok();
}

}  // namespace hermod::store
