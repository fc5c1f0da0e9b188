// WorkPool: a few threads and one bounded queue of jobs, first come first served.
//
// Owner: the Runtime. Threads: any. Limit: queue_max jobs wait; submit() refuses more, which is back-pressure
// for those who would wait anyway.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace hermod::host {

class PoolJob {
 public:
  virtual ~PoolJob() = default;
  virtual void run() noexcept = 0;
};

class WorkPool {
 public:
  static constexpr std::size_t queue_max = 16384;

  explicit WorkPool(unsigned threads);
  WorkPool(const WorkPool&) = delete;
  ~WorkPool();  // runs what is queued, then joins

  // False when the queue is full.
  bool submit(std::shared_ptr<PoolJob> job);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<PoolJob>> jobs_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace hermod::host
