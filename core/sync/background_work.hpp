// BackgroundWork: what happens behind the sync: filling the search index, erasing deleted grants, making and
// trimming the change log's partitions. One thread, low in priority: it leaves an account alone while its first sync runs.
// An account whose work fails is left out for a minute; the others' goes on.
//
// Owner: the program, one. Any number of processes may run it beside each other.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "core/blob/blob_store.hpp"
#include "core/store/database.hpp"
#include "hermod/host.hpp"

namespace hermod::sync {

class BackgroundWork {
 public:
  // `retention`: how long the change log is kept.
  BackgroundWork(store::Database& database, blob::BlobStore& blobs, Log& log, std::chrono::seconds retention);
  ~BackgroundWork();  // stops
  BackgroundWork(const BackgroundWork&) = delete;

 private:
  void run();
  // True when there is more to do at once.
  Result<bool> step();
  Result<bool> fill_searches(store::Connection& connection);
  Status tend_log(store::Connection& connection);
  Result<bool> erase_grants(store::Connection& connection);
  Result<bool> erase(store::Connection& connection, const ids::ObjectId& account_id);
  void set_aside(const ids::ObjectId& account_id, const Error& error);
  std::vector<ids::ObjectId> set_aside();

  store::Database& database_;
  blob::BlobStore& blobs_;
  Log& log_;
  const std::chrono::seconds retention_;
  std::chrono::steady_clock::time_point next_look_at_log_;
  std::unordered_map<ids::ObjectId, std::chrono::steady_clock::time_point> set_aside_;  // until then
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace hermod::sync
