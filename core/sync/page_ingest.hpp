// Ingest: a prepared page into the store. Looks up what is held, appends new blobs and flushes them, then commits the
// page with its cursor. Runs on a pool thread; one page of an account at a time.
#pragma once

#include "core/blob/pack_writer.hpp"
#include "core/host/account_host.hpp"
#include "core/store/page_write.hpp"
#include "core/sync/prepared_page.hpp"

namespace hermod::sync {

struct IngestTarget {
  store::Database& database;
  host::MetricsSink& metrics;
  store::AccountEpoch account;
  std::int64_t history_before = 0;  // see PageWrite
  std::int64_t round = 0;
};

// On success `state` is what was committed. A page that changes nothing writes nothing.
Result<store::PageOutcome> ingest_page(const IngestTarget& target, blob::PackWriter& packs,
                                       store::CollectionState& state, const PreparedPage& page,
                                       const std::string& synced_token);

}  // namespace hermod::sync
