#include "core/store/folder_query.hpp"

#include <algorithm>
#include <array>

namespace hermod::store {

namespace {

constexpr std::string_view folder_columns =
    "SELECT c.collection_id, parent.collection_id, c.name, c.path, c.kind, c.role, c.rights, "
    "coalesce(k.children, 0),"
    " c.total_count, c.unread_count, c.phase, c.done, c.total FROM collections c LEFT JOIN collections "
    "parent ON"
    " parent.account_id = $1 AND parent.remote_id = c.parent_remote_id LEFT JOIN (SELECT parent_remote_id, "
    "count(*) AS"
    " children FROM collections WHERE account_id = $1 AND standing <> 1 GROUP BY 1) k ON k.parent_remote_id = c.remote_id"
    " WHERE c.account_id = $1 AND c.kind <= 1 AND c.standing <> 1";  // folders and labels that no action deletes
static_assert(static_cast<int>(CollectionKind::label) == 1 && static_cast<int>(CollectionKind::folder) == 0);

Folder folder_of(const Rows& rows, int row) {
  Folder folder;
  folder.folder_id = rows.id(row, 0);
  if (!rows.is_null(row, 1)) folder.parent_id = rows.id(row, 1);
  folder.name = rows.text(row, 2);
  folder.path = rows.text(row, 3);
  folder.kind = static_cast<CollectionKind>(rows.integer(row, 4));
  folder.role = static_cast<Role>(rows.integer(row, 5));
  folder.rights.bits = static_cast<std::uint8_t>(rows.integer(row, 6));
  folder.child_count = rows.integer(row, 7);
  folder.total_count = rows.integer(row, 8);
  folder.unread_count = rows.integer(row, 9);
  folder.phase = rows.text(row, 10);
  folder.done = rows.integer(row, 11);
  folder.total = rows.integer(row, 12);
  return folder;
}

std::optional<int> role_named(std::string_view name) {
  constexpr std::array roles = {Role::inbox,   Role::sent, Role::drafts,    Role::trash,  Role::spam,
                                Role::archive, Role::all,  Role::important, Role::starred};
  const auto found = std::ranges::find(roles, name, [](Role role) { return to_string(role); });
  if (found == roles.end()) return std::nullopt;
  return static_cast<int>(*found);
}

// Clients rely on INBOX meaning the inbox in any letter case, whatever the server calls it.
bool names_inbox(std::string_view name) {
  return std::ranges::equal(name, std::string_view("INBOX"), {},
                            [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
}

void add_parent_condition(Statement& statement, const FolderFilter& filter) {
  const bool single_level = filter.depth == FolderFilter::Depth::single_level;
  if (!filter.parent) {
    if (single_level) statement << " AND parent.collection_id IS NULL";
    return;
  }
  const std::string parent = folder_named(statement, *filter.parent);
  if (single_level) {
    statement << " AND parent.collection_id = " << parent;
    return;
  }
  // UNION, not UNION ALL: a circle of parents, as a broken server may list it, ends.
  statement
      << " AND c.collection_id IN (WITH RECURSIVE below AS (SELECT k.collection_id, k.remote_id FROM "
         "collections k"
         " JOIN collections top ON top.account_id = $1 AND top.remote_id = k.parent_remote_id WHERE"
         " k.account_id = $1 AND top.collection_id = "
      << parent
      << " UNION SELECT k.collection_id, k.remote_id FROM below JOIN collections k ON k.account_id = $1 AND"
         " k.parent_remote_id = below.remote_id) SELECT collection_id FROM below)";
}

}  // namespace

std::string folder_named(Statement& statement, const std::string& name) {
  const std::string id = statement.bind(ids::parse_public(name));
  const std::string role =
      statement.bind(names_inbox(name) ? static_cast<int>(Role::inbox) : role_named(name));
  const std::string path = statement.bind(name);
  // A role in its own spelling comes before a path; INBOX, which is one in any spelling, after it.
  const std::string role_rank = role_named(name) ? "1" : "2";
  const std::string path_rank = role_named(name) ? "2" : "1";
  return "(SELECT n.collection_id FROM collections n WHERE n.account_id = $1 AND n.kind <= 1 AND n.standing <> 1 AND "
         "(n.collection_id = " +
         id + "::uuid OR n.role = " + role + "::smallint OR n.path = " + path +
         "::text) ORDER BY CASE WHEN n.collection_id = " + id + "::uuid THEN 0 WHEN n.role = " + role +
         "::smallint THEN " + role_rank + " ELSE " + path_rank + " END, n.collection_id LIMIT 1)";
}

std::string folders_named(Statement& statement, const std::vector<std::string>& names) {
  std::string sql = "ARRAY[";
  for (const std::string& name : names) {
    if (!sql.ends_with('[')) sql += ", ";
    sql += folder_named(statement, name);
  }
  return sql + "]::uuid[]";
}

Result<FolderPage> list_folders(Connection& connection, const ids::ObjectId& account_id,
                                const FolderFilter& filter) {
  Statement statement(account_id);
  statement << folder_columns;
  add_parent_condition(statement, filter);
  statement << " AND c.collection_id > " << statement.bind(filter.after.value_or(ids::ObjectId{}))
            << " ORDER BY c.collection_id LIMIT " << statement.bind(filter.limit + 1);
  auto rows = statement.run(connection);
  if (!rows) return std::move(rows).error();
  FolderPage page;
  page.more = rows->size() > filter.limit;
  for (int row = 0; row < std::min(rows->size(), filter.limit); ++row)
    page.folders.push_back(folder_of(*rows, row));
  return page;
}

Result<Folder> find_folder(Connection& connection, const ids::ObjectId& account_id, const std::string& name) {
  Statement statement(account_id);
  const std::string folder = folder_named(statement, name);
  statement << folder_columns << " AND c.collection_id = " << folder;
  auto rows = statement.run(connection);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) {
    return Error{
        ErrorKind::not_found, ErrorScope::item, Retry::never(), "there is no such folder", {}, {}, {}};
  }
  return folder_of(*rows, 0);
}

Result<std::vector<Folder>> find_folders(Connection& connection, const ids::ObjectId& account_id,
                                         const std::vector<ids::ObjectId>& folder_ids) {
  Statement statement(account_id);
  statement << folder_columns << " AND c.collection_id = ANY(" << statement.bind(folder_ids) << "::uuid[])";
  auto rows = statement.run(connection);
  if (!rows) return std::move(rows).error();
  std::vector<Folder> folders;
  for (int row = 0; row < rows->size(); ++row) folders.push_back(folder_of(*rows, row));
  return folders;
}

Result<std::map<ids::ObjectId, std::vector<FolderProgress>>> load_progress(
    Connection& connection, const std::vector<ids::ObjectId>& accounts) {
  auto rows = connection.query(
      "SELECT a.account_id, c.collection_id, CASE WHEN c.reason IS NULL THEN c.phase ELSE 'stopped' END, c.done, c.total,"
      " c.reason FROM unnest($1::uuid[]) a(account_id) "
      "CROSS JOIN"
      " LATERAL (SELECT * FROM collections n WHERE n.account_id = a.account_id AND n.kind <= 1 AND n.rights "
      "& 1 = 1"
      " AND coalesce(n.through_remote_id, '') = '' ORDER BY n.collection_id LIMIT $2) c",
      accounts, progress_folders_max);
  if (!rows) return std::move(rows).error();
  std::map<ids::ObjectId, std::vector<FolderProgress>> progress;
  for (int row = 0; row < rows->size(); ++row) {
    FolderProgress folder{rows->id(row, 1), std::string(rows->text(row, 2)), rows->integer(row, 3),
                          rows->integer(row, 4), std::nullopt};
    if (!rows->is_null(row, 5)) folder.reason = rows->text(row, 5);
    progress[rows->id(row, 0)].push_back(std::move(folder));
  }
  return progress;
}

}  // namespace hermod::store
