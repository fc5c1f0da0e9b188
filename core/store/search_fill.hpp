// Fills message_search behind the sync, from the change log: each account's account_clock.search_seq says how far.
//
// A tsvector and an index entry have limits of PostgreSQL's (1 MiB, 2.6 kB): of a long message, its beginning is indexed;
// an address of more than address_octets_max is not.
#pragma once

#include "core/store/database.hpp"

namespace hermod::store {

struct SearchFillStep {
  std::size_t messages = 0;
  bool caught_up = true;
};

// Accounts whose search lags, at most `limit`, without `passed_over`.
Result<std::vector<ids::ObjectId>> accounts_to_fill(Connection& connection, int limit,
                                                    const std::vector<ids::ObjectId>& passed_over);

// Fills one batch of the account's messages. Safe beside the sync and beside another filler of the same account.
Result<SearchFillStep> fill_search(Connection& connection, const ids::ObjectId& account_id);

}  // namespace hermod::store
