// ImapSearch: the search/1 facet: UID SEARCH in one folder after the other (RFC 9051 §6.4.4). Owned by the
// session; strand. A folder takes a connection of the pool for its search alone, so that a search of many
// folders holds up no other call.
#pragma once

#include <hermod/facet.hpp>

#include "plugins/imap/client/pool.hpp"

namespace hermod::imap {

class ImapSearch final : public SearchFacet {
 public:
  explicit ImapSearch(ConnectionPool& pool) : pool_(pool) {}
  Task<Result<std::vector<FoundItem>>> search(SearchQuery query) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace hermod::imap
