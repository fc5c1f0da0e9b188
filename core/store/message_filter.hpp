// MessageFilter: what a list of messages or threads is narrowed by, and its translation to SQL.
//
// Addresses and subjects are looked up in message_search, which is filled behind the sync: what it lacks is
// compared on the messages themselves, one by one while that is little, else by a scan of the account.
#pragma once

#include "core/store/statement.hpp"

namespace hermod::store {

inline constexpr std::size_t filter_values_max = 25;   // of one repeated parameter
inline constexpr std::int64_t search_lag_max = 2'000;  // change-log entries beyond which it is a scan

struct MessageFilter {
  std::optional<bool> unread, starred, has_attachment;
  std::optional<ids::ObjectId> thread_id;
  std::optional<std::int64_t> received_before, received_after;
  std::optional<std::string> subject;                     // case-sensitive substring
  std::vector<std::string> from, to, cc, bcc, any_email;  // of each, one must be there
  std::vector<std::string> in;                            // folders by id, role or path; one of them
  std::optional<std::vector<ids::ObjectId>> among;        // no others than these

  bool needs_search() const;
  Planning planning() const {
    return needs_search() || in.size() > 1 || among ? Planning::each_time : Planning::prepared;
  }
};

// How far message_search has been filled.
struct SearchCoverage {
  enum class Reach : std::uint8_t { indexed, scan } reach = Reach::scan;
  std::vector<ids::ObjectId> fresh;  // with `indexed`: objects that changed since
};
Result<SearchCoverage> search_coverage(Connection& connection, const ids::ObjectId& account_id);

// The conditions of addresses and subject on the message row `m`: " AND …", or nothing.
std::string search_condition(Statement& statement, const MessageFilter& filter,
                             const SearchCoverage& coverage);
// " AND …": `m` is among those wanted and has a placement in one of the folders; nothing where the filter
// names none.
std::string placement_condition(Statement& statement, const MessageFilter& filter);

}  // namespace hermod::store
