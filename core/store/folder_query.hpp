// Folders and labels as the API shows them, read from `collections`.
#pragma once

#include <map>

#include "core/store/statement.hpp"
#include "hermod/model.hpp"

namespace hermod::store {

struct Folder {
  ids::ObjectId folder_id;
  std::optional<ids::ObjectId> parent_id;
  std::string name, path;
  CollectionKind kind = CollectionKind::folder;
  Role role = Role::none;
  Rights rights;
  std::int64_t child_count = 0, total_count = 0, unread_count = 0;
  std::string phase;                 // initial, live
  std::int64_t done = 0, total = 0;  // of the first sync
};

struct FolderFilter {
  std::optional<std::string> parent;  // by id, role or path
  enum class Depth : std::uint8_t {
    subtree,
    single_level
  } depth = Depth::subtree;            // below the parent, or the root
  std::optional<ids::ObjectId> after;  // the last one of the page before
  int limit = 50;
};
struct FolderPage {
  std::vector<Folder> folders;
  bool more = false;
};
// In the order in which they were found, which neither renaming nor moving changes.
Result<FolderPage> list_folders(Connection& connection, const ids::ObjectId& account_id,
                                const FolderFilter& filter);

// By id, role ("inbox") or full path, tried in that order. Error{not_found}.
Result<Folder> find_folder(Connection& connection, const ids::ObjectId& account_id, const std::string& name);

// Those of the ids that there are, in any order.
Result<std::vector<Folder>> find_folders(Connection& connection, const ids::ObjectId& account_id,
                                         const std::vector<ids::ObjectId>& folder_ids);

// SQL for the uuid of that folder, null when there is none.
std::string folder_named(Statement& statement, const std::string& name);
// SQL for a uuid[] of them.
std::string folders_named(Statement& statement, const std::vector<std::string>& names);

// How far an account's first sync has come, folder by folder.
struct FolderProgress {
  ids::ObjectId folder_id;
  std::string phase;                 // initial, live; stopped: for that reason
  std::int64_t done = 0, total = 0;
  std::optional<std::string> reason;  // JSON
};
inline constexpr int progress_folders_max = 1'000;
// Of these accounts, each with its folders; an account without folders has no entry.
Result<std::map<ids::ObjectId, std::vector<FolderProgress>>> load_progress(
    Connection& connection, const std::vector<ids::ObjectId>& accounts);

}  // namespace hermod::store
