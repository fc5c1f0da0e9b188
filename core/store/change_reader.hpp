// Reading the change log: of one account by its own numbers, or over all accounts by positions.
//
// Both orders are gapless and never change once read. A row of the log covers several entries; each has a number of
// its own here. Threads: whoever has the connection; every call is one or two short statements.
#pragma once

#include "core/store/change_log.hpp"

namespace hermod::store {

struct LoggedChange {
  std::int64_t seq = 0;       // in the account's log
  std::int64_t position = 0;  // over all accounts; 0: the sequencer has not come to it yet
  ids::ObjectId account_id;
  ids::ObjectId application_id;  // zero while position is
  ObjectType object;
  ChangeType change;
  ids::ObjectId object_id;
  std::int32_t fields = 0;  // of an update: bits of ChangedField
  std::int64_t at = 0;      // unix seconds
  bool initial = false;     // history of a first sync
};

struct ChangePage {
  std::vector<LoggedChange> changes;
  std::int64_t next = 0;  // read on after this number
  bool more = false;
};

// The entries of one account after that seq, at most `limit`. Error{cursor_invalid} when the log does not reach back
// so far, or `after` was never a number of it; Error{not_found} when the account is gone.
Result<ChangePage> account_changes(Connection& connection, const ids::ObjectId& account_id, std::int64_t after,
                                   int limit);
// The entries over all accounts after that position, of one application or of all; `next` also passes what others own.
Result<ChangePage> all_changes(Connection& connection, const std::optional<ids::ObjectId>& application_id,
                               std::int64_t after, int limit);

// Where reading from now on begins. What is committed already and has no position yet comes after last_position().
Result<std::int64_t> last_account_change(Connection& connection, const ids::ObjectId& account_id);
Result<std::int64_t> last_position(Connection& connection);

}  // namespace hermod::store
