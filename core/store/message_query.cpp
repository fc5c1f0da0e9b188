#include "core/store/message_query.hpp"

#include <limits>

#include "core/store/effective_state.hpp"
#include "core/store/folder_query.hpp"

namespace hermod::store {

namespace {

constexpr int position_column = message_column_count;

// The columns of messages that lists carry from the inner statement, which sorts and cuts, to the outer one.
constexpr std::string_view carried =
    "m.message_id, m.thread_id, m.received_at, m.unread, m.starred, m.subject, m.snippet, m.from_, m.to_, "
    "m.cc, m.bcc,"
    " m.reply_to, m.attachments, m.folders, m.raw_hash, m.blob_pack, m.blob_offset, m.blob_stored, m.size, m.metadata, m.mid, m.parse_failed,"
    " m.keywords";

// By an action that deletes it for good.
const std::string not_hidden =
    " (m.orphaned_round IS NULL OR m.orphaned_round <> " + std::to_string(hidden_by_action) + ") AND";

std::string flag_conditions(const MessageFilter& filter) {
  // Literals, not parameters: partial indexes match on them.
  std::string sql;
  const auto add = [&](const std::optional<bool>& wanted, std::string_view column) {
    if (wanted) sql.append(*wanted ? " AND m." : " AND NOT m.").append(column);
  };
  add(filter.unread, "unread");
  add(filter.starred, "starred");
  add(filter.has_attachment, "has_attachments");
  return sql;
}

std::string plain_conditions(Statement& statement, const MessageFilter& filter) {
  std::string sql = flag_conditions(filter);
  if (filter.thread_id) sql += " AND m.thread_id = " + statement.bind(*filter.thread_id);
  if (filter.received_before) sql += " AND m.received_at < " + statement.bind(*filter.received_before);
  if (filter.received_after) sql += " AND m.received_at > " + statement.bind(*filter.received_after);
  return sql;
}

// One folder and nothing to search: its own index gives the order. Of a message that lies in it twice, the
// newer placement counts.
void add_folder_source(Statement& statement, const MessageFilter& filter, const std::string& before) {
  statement
      << "SELECT " << carried
      << ", p.received_at AS position FROM placements p JOIN messages m ON m.account_id = $1 AND "
         "m.message_id ="
         " p.message_id AND m.orphaned_round IS NULL WHERE p.account_id = $1 AND p.standing <> 1 AND p.collection_id = "
      << folder_named(statement, filter.in.front()) << " AND (p.received_at, p.message_id) < " << before
      << " AND NOT EXISTS (SELECT FROM placements n WHERE n.account_id = $1 AND n.message_id = p.message_id "
         "AND"
         " n.standing <> 1 AND n.collection_id = p.collection_id AND (n.received_at, n.remote_id) > (p.received_at, p.remote_id))"
      << plain_conditions(statement, filter) << " ORDER BY p.received_at DESC, p.message_id DESC";
}

// Unread and starred messages are few and have indexes of their own, which then give the order.
bool reads_folder_in_order(const MessageFilter& filter) {
  return filter.in.size() == 1 && !filter.needs_search() && !filter.among && !filter.unread.value_or(false) &&
         !filter.starred.value_or(false);
}

void add_message_source(Statement& statement, const MessageFilter& filter, const SearchCoverage& coverage,
                        const std::string& before) {
  statement << "SELECT " << carried
            << ", m.received_at AS position FROM messages m WHERE m.account_id = $1 AND m.orphaned_round IS "
               "NULL AND"
               " (m.received_at, m.message_id) < "
            << before << plain_conditions(statement, filter) << placement_condition(statement, filter)
            << search_condition(statement, filter, coverage)
            << " ORDER BY m.received_at DESC, m.message_id DESC";
}

Result<MessagePage> select(Connection& connection, const Statement& statement, int limit,
                           Planning planning = Planning::prepared) {
  auto rows = statement.run(connection, planning);
  if (!rows) return std::move(rows).error();
  return MessagePage(std::move(*rows), limit);
}

}  // namespace

std::string message_columns(MessageColumns columns) {
  std::string sql =
      "m.message_id, m.thread_id, m.received_at, m.unread, m.starred, m.subject, m.snippet, m.from_, m.to_, "
      "m.cc, m.bcc,"
      " m.reply_to, m.attachments, m.folders";
  sql += has(columns, MessageColumns::body)
             ? ", (SELECT b.body FROM message_bodies b WHERE b.account_id = $1 AND"
               " b.message_id = m.message_id)"
             : ", NULL";
  sql += has(columns, MessageColumns::raw) ? ", m.raw_hash, m.blob_pack, m.blob_offset, m.blob_stored, m.size"
                                           : ", NULL, NULL, NULL, NULL, NULL";
  sql += ", m.metadata";
  sql += has(columns, MessageColumns::raw)
             ? ", EXISTS (SELECT FROM action_objects o JOIN action_bytes b ON b.account_id = $1 AND b.action_id = o.action_id WHERE"
               " o.account_id = $1 AND o.object_id = m.message_id), m.mid"
             : ", false, NULL";
  sql += ", m.parse_failed, m.keywords";
  return sql;
}

MessageRow message_row(const Rows& rows, int row) {
  MessageRow message;
  message.message_id = rows.id(row, 0);
  message.thread_id = rows.id(row, 1);
  message.received_at = rows.integer(row, 2);
  message.unread = rows.boolean(row, 3);
  message.starred = rows.boolean(row, 4);
  message.subject = rows.text(row, 5);
  message.snippet = rows.text(row, 6);
  message.from = rows.text(row, 7);
  message.to = rows.text(row, 8);
  message.cc = rows.text(row, 9);
  message.bcc = rows.text(row, 10);
  message.reply_to = rows.text(row, 11);
  message.attachments = rows.text(row, 12);
  message.folders = rows.text(row, 13);
  message.metadata = rows.text(row, 20);
  message.raw_pending = rows.boolean(row, 21);
  if (!rows.is_null(row, 22)) message.mid = rows.text(row, 22);
  message.incomplete = rows.boolean(row, 23);
  message.keywords = rows.texts(row, 24);
  if (!rows.is_null(row, 14)) message.body = rows.text(row, 14);
  if (!rows.is_null(row, 15)) {
    message.raw = RawBytes{static_cast<std::uint32_t>(rows.integer(row, 16)),
                           static_cast<std::uint64_t>(rows.integer(row, 17)),
                           static_cast<std::uint64_t>(rows.integer(row, 18)),
                           static_cast<std::uint64_t>(rows.integer(row, 19)), rows.bytes(row, 15)};
  }
  return message;
}

PagePosition first_position() {
  PagePosition first{std::numeric_limits<std::int64_t>::max(), {}};
  first.id.bytes.fill(0xff);
  return first;
}

MessageRow MessagePage::row(int index) const { return message_row(rows_, index); }

std::optional<PagePosition> MessagePage::next() const {
  if (rows_.size() <= limit_) return std::nullopt;
  return position(limit_ - 1);
}

PagePosition MessagePage::position(int index) const {
  return {rows_.integer(index, position_column), rows_.id(index, 0)};
}

Result<MessagePage> list_messages(Connection& connection, const ids::ObjectId& account_id,
                                  const MessageFilter& filter, const PageRequest& page,
                                  MessageColumns columns) {
  SearchCoverage coverage;
  if (filter.needs_search()) {
    auto found = search_coverage(connection, account_id);
    if (!found) return std::move(found).error();
    coverage = std::move(*found);
  }
  Statement statement(account_id);
  const PagePosition after = page.after.value_or(first_position());
  const std::string before = "(" + statement.bind(after.at) + ", " + statement.bind(after.id) + ")";
  statement << "SELECT " << message_columns(columns) << ", m.position FROM (";
  if (reads_folder_in_order(filter)) {
    add_folder_source(statement, filter, before);
  } else {
    add_message_source(statement, filter, coverage, before);
  }
  // The literal limit tells the planner how little is wanted; the outer one, a parameter, stops the execution
  // early.
  statement << " LIMIT " << std::to_string(page_limit_max + 1)
            << ") m ORDER BY m.position DESC, m.message_id DESC LIMIT " << statement.bind(page.limit + 1);
  return select(connection, statement, page.limit, filter.planning());
}

Result<MessagePage> find_messages(Connection& connection, const ids::ObjectId& account_id,
                                  const std::vector<ids::ObjectId>& message_ids, MessageColumns columns) {
  Statement statement(account_id);
  statement << "SELECT " << message_columns(columns)
            << ", m.received_at FROM messages m WHERE m.account_id = $1 AND" << not_hidden
            << " m.message_id = ANY(" << statement.bind(message_ids) << "::uuid[]) LIMIT "
            << std::to_string(page_limit_max);
  return select(connection, statement, page_limit_max);
}

Result<MessagePage> find_message(Connection& connection, const ids::ObjectId& account_id,
                                 const MessageIdHeader& header, MessageColumns columns) {
  Statement statement(account_id);
  statement << "SELECT " << message_columns(columns)
            << ", m.received_at FROM messages m WHERE m.account_id = $1 AND" << not_hidden
            << " m.mid_key = " << statement.bind(header.mid_key)
            << " AND m.mid = " << statement.bind(header.mid)
            << " ORDER BY m.orphaned_round IS NOT NULL, m.received_at DESC, m.message_id DESC LIMIT 1";
  return select(connection, statement, 1);
}

}  // namespace hermod::store
