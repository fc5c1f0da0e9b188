#include "core/store/change_reader.hpp"

namespace hermod::store {

namespace {

constexpr int rows_at_once = 100;  // a row covers up to a page of thousands

enum class Numbering : std::uint8_t { of_account, over_all };

Error trimmed() {
  return {ErrorKind::cursor_invalid, ErrorScope::account, Retry::never(), "the change log does not reach back so far",
          {}, "start again without a cursor", {}};
}

// Takes the entries of a row that come after `page.next`. False when the limit was reached within it.
bool expand(const Rows& rows, int row, Numbering numbering, std::size_t limit, ChangePage& page) {
  LoggedChange change;
  change.account_id = rows.id(row, 0);
  const std::int64_t last_seq = rows.integer(row, 1);
  const std::int64_t last_position = rows.is_null(row, 2) ? 0 : rows.integer(row, 2);
  if (!rows.is_null(row, 3)) change.application_id = rows.id(row, 3);
  change.at = rows.integer(row, 4);
  change.initial = rows.boolean(row, 5);
  const auto objects = rows.integers(row, 6), changes = rows.integers(row, 7), fields = rows.integers(row, 8);
  const auto object_ids = rows.ids(row, 9);
  const std::int64_t count = rows.integer(row, 10);
  const std::int64_t last = numbering == Numbering::of_account ? last_seq : last_position;
  for (std::int64_t i = std::max<std::int64_t>(0, page.next - (last - count)); i < count; ++i) {
    if (page.changes.size() >= limit) return false;
    const auto entry = static_cast<std::size_t>(i);
    change.seq = last_seq - count + i + 1;
    change.position = last_position == 0 ? 0 : last_position - count + i + 1;
    change.object = static_cast<ObjectType>(objects[entry]);
    change.change = static_cast<ChangeType>(changes[entry]);
    change.fields = static_cast<std::int32_t>(fields[entry]);
    change.object_id = object_ids[entry];
    page.changes.push_back(change);
    page.next = last - count + i + 1;
  }
  page.next = last;
  return true;
}

#define HERMOD_LOG_COLUMNS                                                                                   \
  "account_id, seq, position, application_id, extract(epoch FROM at)::bigint, initial, objects, changes, fields," \
  " object_ids, cardinality(objects)"

// Whether a row before this one is missing. An account's numbers have no gap; nor have positions, but of these only those
// of one application may have been read.
bool follows_a_hole(const Rows& rows, int row, Numbering numbering, const ChangePage& page) {
  return numbering == Numbering::of_account && rows.integer(row, 1) - rows.integer(row, 10) > page.next;
}

// Reads rows by `next_rows(after)` until the page is full or the log ends.
template <class NextRows>
Status fill(ChangePage& page, Numbering numbering, int limit, NextRows next_rows) {
  for (;;) {
    auto rows = next_rows(page.next);
    if (!rows) return std::move(rows).error();
    for (int row = 0; row < rows->size(); ++row) {
      if (follows_a_hole(*rows, row, numbering, page)) return trimmed();
      page.more = !expand(*rows, row, numbering, static_cast<std::size_t>(limit), page);
      if (page.more) return ok();
    }
    if (rows->size() < rows_at_once) return ok();
  }
}

Result<Rows> rows_of_account(Connection& connection, const ids::ObjectId& account_id, std::int64_t after) {
  return connection.query("SELECT " HERMOD_LOG_COLUMNS
                          " FROM change_log WHERE account_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                          account_id, after, rows_at_once);
}

Result<Rows> rows_over_all(Connection& connection, const std::optional<ids::ObjectId>& application_id,
                           std::int64_t after) {
  if (!application_id) {
    return connection.query("SELECT " HERMOD_LOG_COLUMNS
                            " FROM change_log WHERE position > $1 ORDER BY position LIMIT $2",
                            after, rows_at_once);
  }
  return connection.query("SELECT " HERMOD_LOG_COLUMNS
                          " FROM change_log WHERE position > $1 AND application_id = $2 ORDER BY position LIMIT $3",
                          after, *application_id, rows_at_once);
}

}  // namespace

// The end of the log is read before its rows, so that every row up to there must be seen. It is trimmed by weeks of `at`,
// which is not quite the order of the numbers: what is missing may lie between what is there.
Result<ChangePage> account_changes(Connection& connection, const ids::ObjectId& account_id, std::int64_t after,
                                   int limit) {
  auto end = last_account_change(connection, account_id);
  if (!end) return std::move(end).error();
  if (after < 0 || after > *end) return trimmed();
  ChangePage page;
  page.next = after;
  Status filled = fill(page, Numbering::of_account, limit,
                       [&](std::int64_t from) { return rows_of_account(connection, account_id, from); });
  if (!filled) return std::move(filled).error();
  if (!page.more && page.next < *end) return trimmed();
  return page;
}

// A week may go between two statements, and what it held is then missing in the page: so its mark is read once more.
Result<ChangePage> all_changes(Connection& connection, const std::optional<ids::ObjectId>& application_id,
                               std::int64_t after, int limit) {
  auto clock = connection.query("SELECT position, trimmed_position FROM feed_clock");
  if (!clock) return std::move(clock).error();
  const std::int64_t end = clock->integer(0, 0);
  if (after < clock->integer(0, 1) || after > end) return trimmed();
  ChangePage page;
  page.next = after;
  Status filled = fill(page, Numbering::over_all, limit,
                       [&](std::int64_t from) { return rows_over_all(connection, application_id, from); });
  if (!filled) return std::move(filled).error();
  auto trim = connection.query("SELECT trimmed_position FROM feed_clock");
  if (!trim) return std::move(trim).error();
  if (after < trim->integer(0, 0)) return trimmed();
  if (!page.more) page.next = std::max(page.next, end);
  return page;
}

Result<std::int64_t> last_account_change(Connection& connection, const ids::ObjectId& account_id) {
  auto rows = connection.query("SELECT seq FROM account_clock WHERE account_id = $1", account_id);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return Error{ErrorKind::not_found, ErrorScope::account, Retry::never(), "there is no such grant", {}, {}, {}};
  return rows->integer(0, 0);
}

Result<std::int64_t> last_position(Connection& connection) {
  auto rows = connection.query("SELECT position FROM feed_clock");
  if (!rows) return std::move(rows).error();
  return rows->integer(0, 0);
}

}  // namespace hermod::store
