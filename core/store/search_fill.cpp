#include "core/store/search_fill.hpp"

#include "core/durability/durable_step.hpp"
#include "core/mime/html_text.hpp"
#include "core/store/change_log.hpp"

namespace hermod::store {

namespace {

constexpr int log_rows_max = 4;               // a row covers a page of hundreds of messages
constexpr int address_octets_max = 320;  // 64 and 255 and the @ (RFC 5321 §4.5.3.1)

// How much of a message is indexed.
struct Reach {
  std::size_t body_octets;
  int subject_characters, address_characters;  // of all address lists together
};
constexpr Reach usual{200'000, 10'000, 50'000};
// Text of many short words, or of addresses of the web, makes a tsvector several times its size. So much always fits.
constexpr Reach narrow{20'000, 1'000, 5'000};

// A tsvector would be too large: program_limit_exceeded.
bool is_too_large(const Error& error) { return error.provider_code == "54000"; }

// The bodies of the messages that were created or rewritten in those rows of the log and are still there.
const std::string messages_statement =
    "SELECT m.message_id, m.subject, m.from_, m.to_, m.cc, m.bcc, b.body FROM messages m JOIN message_bodies b ON"
    " b.account_id = $1 AND b.message_id = m.message_id WHERE m.account_id = $1 AND m.message_id = ANY($2::uuid[])";

std::string cut(std::string text, std::size_t octets_max) {
  if (text.size() <= octets_max) return text;
  std::size_t end = octets_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text;
}

Status fill(Connection& connection, const ids::ObjectId& account_id, const std::vector<ids::ObjectId>& message_ids,
            const Reach& reach) {
  auto rows = connection.query(messages_statement, account_id, message_ids);
  if (!rows) return std::move(rows).error();
  std::vector<ids::ObjectId> found;
  std::vector<std::string> texts;
  for (int row = 0; row < rows->size(); ++row) {
    found.push_back(rows->id(row, 0));
    texts.push_back(cut(mime::html_to_text(rows->text(row, 6)).text, reach.body_octets));
  }
  if (found.empty()) return ok();
  // Locked, so that a message that is deleted meanwhile takes its row here along.
  auto written = connection.query(
      "INSERT INTO message_search (account_id, message_id, addresses, subject, words) SELECT $1, m.message_id,"
      " coalesce((SELECT array_agg(DISTINCT x.kind || lower(x.a->>'email')) FROM (SELECT 'f:' kind,"
      " json_array_elements(m.from_) a UNION ALL SELECT 't:', json_array_elements(m.to_) UNION ALL SELECT 'c:',"
      " json_array_elements(m.cc) UNION ALL SELECT 'b:', json_array_elements(m.bcc)) x WHERE octet_length(x.a->>'email') <= $4),"
      " '{}'), m.subject, setweight(to_tsvector('simple', left(m.subject, $5)), 'A') || setweight(to_tsvector('simple',"
      " left(concat_ws(' ', m.from_::text, m.to_::text, m.cc::text), $6)), 'B') || setweight(to_tsvector('simple', w.body),"
      " 'C')"
      " FROM unnest($2::uuid[], $3::text[]) w(message_id, body) JOIN messages m ON m.account_id = $1 AND m.message_id ="
      " w.message_id ORDER BY m.message_id FOR KEY SHARE OF m ON CONFLICT (account_id, message_id) DO UPDATE SET addresses = excluded.addresses, subject = excluded.subject,"
      " words = excluded.words",
      account_id, found, texts, address_octets_max, reach.subject_characters, reach.address_characters);
  if (!written) return std::move(written).error();
  return ok();
}

// In a transaction of its own, with the account's search_seq where it is told.
Status fill_and_commit(Connection& connection, const ids::ObjectId& account_id,
                       const std::vector<ids::ObjectId>& message_ids, const Reach& reach,
                       std::optional<std::int64_t> search_seq) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  if (Status filled = fill(connection, account_id, message_ids, reach); !filled) return filled;
  if (search_seq) {
    // The clock row last: the sync's commits wait for it no longer than this statement.
    auto advanced = connection.query(
        "UPDATE account_clock SET search_seq = greatest(search_seq, $2) WHERE account_id = $1", account_id, *search_seq);
    if (!advanced) return std::move(advanced).error();
  }
  return transaction->commit();
}

}  // namespace

Result<std::vector<ids::ObjectId>> accounts_to_fill(Connection& connection, int limit,
                                                    const std::vector<ids::ObjectId>& passed_over) {
  auto rows = connection.query(
      "SELECT c.account_id FROM account_clock c JOIN grants g USING (account_id) WHERE c.search_seq < c.seq AND"
      " g.deleted_at IS NULL AND g.sync_phase <> 'initial' AND c.account_id <> ALL($2::uuid[]) LIMIT $1",
      limit, passed_over);
  if (!rows) return std::move(rows).error();
  std::vector<ids::ObjectId> accounts;
  for (int row = 0; row < rows->size(); ++row) accounts.push_back(rows->id(row, 0));
  return accounts;
}

Result<SearchFillStep> fill_search(Connection& connection, const ids::ObjectId& account_id) {
  auto log = connection.query(
      "SELECT l.seq, l.object_ids, l.objects, l.changes, l.fields FROM account_clock c JOIN change_log l ON l.account_id = $1 AND"
      " l.seq > c.search_seq WHERE c.account_id = $1 ORDER BY l.seq LIMIT $2",
      account_id, log_rows_max);
  if (!log) return std::move(log).error();
  if (log->empty()) return SearchFillStep{};
  std::vector<ids::ObjectId> written_anew;
  for (int row = 0; row < log->size(); ++row) {
    const auto object_ids = log->ids(row, 1);
    const auto objects = log->integers(row, 2);
    const auto changes = log->integers(row, 3);
    const auto fields = log->integers(row, 4);
    for (std::size_t i = 0; i < object_ids.size(); ++i) {
      const bool rewritten = changes[i] == static_cast<int>(ChangeType::updated) && (fields[i] & bit(ChangedField::content)) != 0;
      const bool made = changes[i] == static_cast<int>(ChangeType::created);
      if (objects[i] == static_cast<int>(ObjectType::message) && (made || rewritten)) {
        written_anew.push_back(object_ids[i]);
      }
    }
  }
  const std::int64_t search_seq = log->integer(log->size() - 1, 0);
  Status filled = fill_and_commit(connection, account_id, written_anew, usual, search_seq);
  if (!filled && is_too_large(filled.error())) {  // one of them: each by itself
    for (const ids::ObjectId& message_id : written_anew) {
      filled = fill_and_commit(connection, account_id, {message_id}, usual, std::nullopt);
      if (!filled && is_too_large(filled.error())) {
        filled = fill_and_commit(connection, account_id, {message_id}, narrow, std::nullopt);
      }
      if (!filled) return std::move(filled).error();
    }
    filled = fill_and_commit(connection, account_id, {}, usual, search_seq);
  }
  if (!filled) return std::move(filled).error();
  durability::passed(durability::DurableStep::search_filled);
  return SearchFillStep{written_anew.size(), log->size() < log_rows_max};
}

}  // namespace hermod::store
