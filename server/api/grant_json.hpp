// Grants as the API writes them (contract C3), with the `sync` object of C6. Secrets are no part of a grant.
#pragma once

#include "core/store/folder_query.hpp"
#include "core/store/grant_store.hpp"
#include "server/json/writer.hpp"

namespace hermod::server {

// How far a grant's copy has come.
struct SyncProgress {
  std::int64_t done = 0, total = 0;
  double rate = 0;                  // messages a second since the sync began; 0 once it is no first sync
  std::optional<std::int64_t> eta;  // when the first sync will end, as far as the rate tells
  std::int64_t lag_seconds = 0;     // how long the copy has not been current
};
SyncProgress sync_progress(const store::Grant& grant, const std::vector<store::FolderProgress>& folders,
                           std::int64_t now);

void write_grant(JsonWriter& writer, const store::Grant& grant,
                 const std::vector<store::FolderProgress>& folders, std::int64_t now);

}  // namespace hermod::server
