#include "core/store/existing_objects.hpp"

#include "core/store/effective_state.hpp"
#include "core/store/folder_query.hpp"

namespace hermod::store {

namespace {

const std::string not_hidden =
    " (m.orphaned_round IS NULL OR m.orphaned_round <> " + std::to_string(hidden_by_action) + ")";

const std::string& source_of(ObjectType object) {
  static const std::string messages =
      "SELECT m.message_id FROM messages m WHERE m.account_id = $1 AND m.message_id > $2 AND" + not_hidden +
      " ORDER BY m.message_id LIMIT $3";
  static const std::string threads =
      "SELECT t.thread_id FROM threads t WHERE t.account_id = $1 AND t.thread_id > $2 AND EXISTS (SELECT "
      "FROM messages m"
      " WHERE m.account_id = $1 AND m.thread_id = t.thread_id AND" +
      not_hidden + ") ORDER BY t.thread_id LIMIT $3";
  // As folder_query.cpp has them: folders and labels that no action deletes.
  static const std::string folders =
      "SELECT c.collection_id FROM collections c WHERE c.account_id = $1 AND c.collection_id > $2 AND c.kind "
      "<= 1 AND"
      " c.standing <> 1 ORDER BY c.collection_id LIMIT $3";
  static const std::string grants =
      "SELECT account_id FROM grants WHERE account_id = $1 AND account_id > $2 AND deleted_at IS NULL LIMIT "
      "$3";
  switch (object) {
    case ObjectType::thread:
      return threads;
    case ObjectType::folder:
      return folders;
    case ObjectType::grant:
      return grants;
    case ObjectType::message:
    case ObjectType::draft:
      break;
  }
  return messages;
}

std::vector<ids::ObjectId> first_column(const Rows& rows) {
  std::vector<ids::ObjectId> ids;
  for (int row = 0; row < rows.size(); ++row) ids.push_back(rows.id(row, 0));
  return ids;
}

}  // namespace

Result<std::vector<ids::ObjectId>> existing_objects(Connection& connection, const ids::ObjectId& account_id,
                                                    ObjectType object, const ids::ObjectId& after,
                                                    int limit) {
  auto rows = connection.query(source_of(object), account_id, after, limit);
  if (!rows) return std::move(rows).error();
  return first_column(*rows);
}

Result<std::vector<ids::ObjectId>> existing_accounts(Connection& connection,
                                                     const ids::ObjectId& application_id,
                                                     const ids::ObjectId& after, int limit) {
  auto rows = connection.query(
      "SELECT account_id FROM grants WHERE application_id = $1 AND account_id > $2 AND deleted_at IS NULL"
      " ORDER BY account_id LIMIT $3",
      application_id, after, limit);
  if (!rows) return std::move(rows).error();
  return first_column(*rows);
}

Result<std::set<ids::ObjectId>> messages_in_folders(Connection& connection, const ids::ObjectId& account_id,
                                                    const std::vector<ids::ObjectId>& message_ids,
                                                    const std::vector<std::string>& folders) {
  Statement statement(account_id);
  const std::string wanted = statement.bind(message_ids);
  statement << "SELECT m.message_id FROM messages m WHERE m.account_id = $1 AND m.message_id = ANY(" << wanted
            << "::uuid[]) AND" << not_hidden << " AND m.folders && " << folders_named(statement, folders);
  auto rows = statement.run(connection);
  if (!rows) return std::move(rows).error();
  const std::vector<ids::ObjectId> found = first_column(*rows);
  return std::set<ids::ObjectId>(found.begin(), found.end());
}

}  // namespace hermod::store
