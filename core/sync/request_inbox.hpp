// RequestInbox: requests on their way from the service's thread to the account's strand, interactive ones
// first. Owner: the account's supervisor. submit() from any thread; next() by one coroutine at a time.
#pragma once

#include <deque>
#include <mutex>

#include "core/host/thread_event.hpp"
#include "core/store/request_store.hpp"

namespace hermod::sync {

struct LiveRequest {
  store::TakenRequest taken;
  TimePoint deadline;
};

class RequestInbox {
 public:
  void submit(LiveRequest request);
  std::optional<LiveRequest> try_next();
  // Waits for one.
  Task<Result<LiveRequest>> next();

 private:
  std::mutex mutex_;
  std::deque<LiveRequest> waiting_;
  host::ThreadEvent submitted_;
};

}  // namespace hermod::sync
