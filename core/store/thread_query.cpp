#include "core/store/thread_query.hpp"

#include "hermod/model.hpp"

namespace hermod::store {

namespace {

enum Column : int {
  thread_id = message_column_count,
  latest_at,
  message_ids,
  received_at,
  unread,
  starred,
  has_attachments,
  addresses,
  folders,
  draft_ids,
  sent_ids,
};

constexpr std::string_view thread_columns =
    ", t.thread_id, t.latest_at, a.message_ids, a.received_at, a.unread, a.starred, a.has_attachments, "
    "a.addresses,"
    " f.folders, f.draft_ids, f.sent_ids";

// What of `t` belongs to its messages; each lateral join finds the messages by the thread's index.
std::string thread_joins() {
  const auto in_role = [](Role role) {
    return "f.collection_id IN (SELECT c.collection_id FROM collections c WHERE c.account_id = $1 AND c.role "
           "= " +
           std::to_string(static_cast<int>(role)) + ")";
  };
  static const std::string is_draft = "(f.effective_flags & " +
                                      std::to_string(static_cast<int>(Flag::draft)) + " <> 0 OR " +
                                      in_role(Role::drafts) + ")";
  return " CROSS JOIN LATERAL (SELECT array_agg(m.message_id ORDER BY m.received_at, m.message_id) AS "
         "message_ids,"
         " array_agg(m.received_at ORDER BY m.received_at, m.message_id) AS received_at, bool_or(m.unread) "
         "AS unread,"
         " bool_or(m.starred) AS starred, bool_or(m.has_attachments) AS has_attachments, "
         "string_agg(concat(m.from_,"
         " m.to_, m.cc, m.bcc, m.reply_to), '' ORDER BY m.received_at, m.message_id) AS addresses FROM "
         "messages m"
         " WHERE m.account_id = $1 AND m.thread_id = t.thread_id AND m.orphaned_round IS NULL) a"
         " CROSS JOIN LATERAL (SELECT * FROM messages m WHERE m.account_id = $1 AND m.thread_id = "
         "t.thread_id AND"
         " m.orphaned_round IS NULL ORDER BY m.received_at DESC, m.message_id DESC LIMIT 1) m"
         " CROSS JOIN LATERAL (SELECT array_agg(DISTINCT f.collection_id) AS folders, array_agg(DISTINCT "
         "f.message_id)"
         " FILTER (WHERE " +
         is_draft + ") AS draft_ids, array_agg(DISTINCT f.message_id) FILTER (WHERE " + in_role(Role::sent) +
         ") AS sent_ids FROM placements f WHERE f.account_id = $1 AND f.standing <> 1 AND f.message_id ="
         " ANY(a.message_ids)) f";
}

// A message of the thread `t` of which the condition holds.
std::string member(std::string_view condition) {
  return std::string(
             "EXISTS (SELECT FROM messages m WHERE m.account_id = $1 AND m.thread_id = t.thread_id AND"
             " m.orphaned_round IS NULL") +
         std::string(condition) + ")";
}

std::string thread_conditions(Statement& statement, const ThreadFilter& filter,
                              const SearchCoverage& coverage) {
  std::string sql = " AND " + member(placement_condition(statement, filter.message) +
                                     search_condition(statement, filter.message, coverage));
  const auto add = [&](const std::optional<bool>& wanted, std::string_view column) {
    if (wanted) sql += (*wanted ? " AND " : " AND NOT ") + member(std::string(" AND m.").append(column));
  };
  add(filter.message.unread, "unread");
  add(filter.message.starred, "starred");
  add(filter.message.has_attachment, "has_attachments");
  if (filter.latest_before) sql += " AND t.latest_at < " + statement.bind(*filter.latest_before);
  if (filter.latest_after) sql += " AND t.latest_at > " + statement.bind(*filter.latest_after);
  return sql;
}

Result<ThreadPage> select(Connection& connection, const Statement& statement, int limit,
                          Planning planning = Planning::prepared) {
  auto rows = statement.run(connection, planning);
  if (!rows) return std::move(rows).error();
  return ThreadPage(std::move(*rows), limit);
}

}  // namespace

ThreadRow ThreadPage::row(int index) const {
  ThreadRow thread;
  thread.latest = message_row(rows_, index);
  thread.thread_id = rows_.id(index, Column::thread_id);
  thread.unread = rows_.boolean(index, Column::unread);
  thread.starred = rows_.boolean(index, Column::starred);
  thread.has_attachments = rows_.boolean(index, Column::has_attachments);
  thread.message_ids = rows_.ids(index, Column::message_ids);
  thread.received_at = rows_.integers(index, Column::received_at);
  thread.draft_ids = rows_.ids(index, Column::draft_ids);
  thread.sent_ids = rows_.ids(index, Column::sent_ids);
  thread.addresses = rows_.text(index, Column::addresses);
  thread.folders = rows_.text(index, Column::folders);
  return thread;
}

std::optional<PagePosition> ThreadPage::next() const {
  if (rows_.size() <= limit_) return std::nullopt;
  return PagePosition{rows_.integer(limit_ - 1, Column::latest_at), rows_.id(limit_ - 1, Column::thread_id)};
}

Result<ThreadPage> list_threads(Connection& connection, const ids::ObjectId& account_id,
                                const ThreadFilter& filter, const PageRequest& page, MessageColumns columns) {
  SearchCoverage coverage;
  if (filter.message.needs_search()) {
    auto found = search_coverage(connection, account_id);
    if (!found) return std::move(found).error();
    coverage = std::move(*found);
  }
  Statement statement(account_id);
  const PagePosition after = page.after.value_or(first_position());
  const std::string before = "(" + statement.bind(after.at) + ", " + statement.bind(after.id) + ")";
  statement
      << "SELECT " << message_columns(columns) << thread_columns
      << " FROM (SELECT t.thread_id, t.latest_at FROM threads t WHERE t.account_id = $1 AND (t.latest_at,"
         " t.thread_id) < "
      << before << thread_conditions(statement, filter, coverage)
      << " ORDER BY t.latest_at DESC, t.thread_id DESC LIMIT " << std::to_string(page_limit_max + 1) << ") t"
      << thread_joins() << " ORDER BY t.latest_at DESC, t.thread_id DESC LIMIT "
      << statement.bind(page.limit + 1);
  return select(connection, statement, page.limit, filter.message.planning());
}

Result<ThreadPage> find_threads(Connection& connection, const ids::ObjectId& account_id,
                                const std::vector<ids::ObjectId>& thread_ids, MessageColumns columns) {
  Statement statement(account_id);
  statement << "SELECT " << message_columns(columns) << thread_columns
            << " FROM (SELECT t.thread_id, t.latest_at FROM threads t WHERE t.account_id = $1 AND t.thread_id = ANY("
            << statement.bind(thread_ids) << "::uuid[]) LIMIT " << std::to_string(page_limit_max) << ") t"
            << thread_joins();
  return select(connection, statement, page_limit_max);
}

Result<ThreadPage> find_thread(Connection& connection, const ids::ObjectId& account_id, const ids::ObjectId& thread_id,
                               MessageColumns columns) {
  return find_threads(connection, account_id, {thread_id}, columns);
}

}  // namespace hermod::store
