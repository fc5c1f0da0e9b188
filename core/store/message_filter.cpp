#include "core/store/message_filter.hpp"

#include <algorithm>

#include "core/store/folder_query.hpp"

namespace hermod::store {

namespace {

struct AddressField {
  std::string_view column;  // of messages
  char token;               // in message_search
};
constexpr AddressField from_field{"from_", 'f'}, to_field{"to_", 't'}, cc_field{"cc", 'c'},
    bcc_field{"bcc", 'b'};

struct AddressFilter {
  const std::vector<std::string>& addresses;
  std::vector<AddressField> fields;  // in one of them
};

std::vector<AddressFilter> address_filters(const MessageFilter& filter) {
  std::vector<AddressFilter> filters;
  const auto add = [&](const std::vector<std::string>& addresses, std::vector<AddressField> fields) {
    if (!addresses.empty()) filters.push_back({addresses, std::move(fields)});
  };
  add(filter.from, {from_field});
  add(filter.to, {to_field});
  add(filter.cc, {cc_field});
  add(filter.bcc, {bcc_field});
  add(filter.any_email, {from_field, to_field, cc_field, bcc_field});
  return filters;
}

std::vector<std::string> lower_case(std::vector<std::string> addresses) {
  for (std::string& address : addresses) {
    std::ranges::transform(address, address.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  }
  return addresses;
}

std::vector<std::string> search_tokens(const AddressFilter& filter) {
  std::vector<std::string> tokens;
  for (const std::string& address : lower_case(filter.addresses)) {
    for (const AddressField& field : filter.fields) tokens.push_back(std::string{field.token, ':'} + address);
  }
  return tokens;
}

// LIKE's own characters stand for themselves.
std::string substring_pattern(std::string_view text) {
  std::string pattern = "%";
  for (const char character : text) {
    if (character == '%' || character == '_' || character == '\\') pattern += '\\';
    pattern += character;
  }
  return pattern + '%';
}

// On the row `s` of message_search.
std::string indexed_conditions(Statement& statement, const MessageFilter& filter) {
  std::string sql;
  for (const AddressFilter& addresses : address_filters(filter)) {
    sql += " AND s.addresses && " + statement.bind(search_tokens(addresses)) + "::text[]";
  }
  if (filter.subject) sql += " AND s.subject LIKE " + statement.bind(substring_pattern(*filter.subject));
  return sql;
}

// On the row `alias` of messages.
std::string scanned_conditions(Statement& statement, const MessageFilter& filter, const std::string& alias) {
  std::string sql;
  for (const AddressFilter& addresses : address_filters(filter)) {
    const std::string wanted = statement.bind(lower_case(addresses.addresses));
    sql += " AND (false";
    for (const AddressField& field : addresses.fields) {
      sql += " OR EXISTS (SELECT FROM json_array_elements(" + alias + "." + std::string(field.column) +
             ") e WHERE lower(e->>'email') = ANY(" + wanted + "::text[]))";
    }
    sql += ")";
  }
  if (filter.subject)
    sql += " AND strpos(" + alias + ".subject, " + statement.bind(*filter.subject) + ") > 0";
  return sql;
}

}  // namespace

bool MessageFilter::needs_search() const { return subject.has_value() || !address_filters(*this).empty(); }

Result<SearchCoverage> search_coverage(Connection& connection, const ids::ObjectId& account_id) {
  // Entries that the log no longer holds count as missing: the sum is then smaller than the lag.
  auto rows = connection.query(
      "SELECT c.seq - c.search_seq, coalesce(l.entries, 0), l.object_ids FROM account_clock c LEFT JOIN "
      "LATERAL (SELECT"
      " count(*) AS entries, array_agg(DISTINCT o) AS object_ids FROM change_log e, unnest(e.object_ids) o "
      "WHERE"
      " e.account_id = $1 AND e.seq > c.search_seq AND c.seq - c.search_seq BETWEEN 1 AND $2) l ON true"
      " WHERE c.account_id = $1",
      account_id, search_lag_max);
  if (!rows) return std::move(rows).error();
  SearchCoverage coverage;
  if (rows->empty()) return coverage;
  const std::int64_t lag = rows->integer(0, 0);
  if (lag > 0 && (lag > search_lag_max || rows->integer(0, 1) < lag)) return coverage;
  coverage.reach = SearchCoverage::Reach::indexed;
  if (lag > 0) coverage.fresh = rows->ids(0, 2);
  return coverage;
}

std::string search_condition(Statement& statement, const MessageFilter& filter,
                             const SearchCoverage& coverage) {
  if (!filter.needs_search()) return {};
  if (coverage.reach == SearchCoverage::Reach::scan) return scanned_conditions(statement, filter, "m");
  std::string sql =
      " AND m.message_id IN (SELECT s.message_id FROM message_search s WHERE s.account_id = $1" +
      indexed_conditions(statement, filter);
  if (!coverage.fresh.empty()) {
    sql += " UNION ALL SELECT x.message_id FROM messages x WHERE x.account_id = $1 AND x.message_id = ANY(" +
           statement.bind(coverage.fresh) + "::uuid[])" + scanned_conditions(statement, filter, "x");
  }
  return sql + ")";
}

std::string placement_condition(Statement& statement, const MessageFilter& filter) {
  std::string among;
  if (filter.among) among = " AND m.message_id = ANY(" + statement.bind(*filter.among) + "::uuid[])";
  if (filter.in.empty()) return among;
  return among +
         " AND EXISTS (SELECT FROM placements p WHERE p.account_id = $1 AND p.message_id = m.message_id AND"
         " p.standing <> 1 AND p.collection_id = ANY(" +
         folders_named(statement, filter.in) + "))";
}

}  // namespace hermod::store
