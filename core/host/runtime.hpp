// Runtime: the threads that the host's work runs on, and the strands that keep an account's coroutines apart.
//
// Network threads run every coroutine and every socket; pool threads run what blocks or computes (database,
// parsing); resolver threads run name look-ups, so that a dead name server stops nothing else.
// Owner: the program, one; it outlives everything that is built on it. Threads: any, all members.
// Beside it: root.hpp starts a task from outside, on_pool.hpp leaves the strand for a pool thread.
#pragma once

#include <memory>

#include <hermod/task.hpp>

namespace hermod::host {

class WorkPool;
class AsioRuntime;

class Runtime {
 public:
  struct Options {
    unsigned network_threads = 1;  // 0: whoever made it runs asio().io, step by step, as tests do
    unsigned pool_threads = 4;
    unsigned resolver_threads = 4;
  };
  static constexpr unsigned threads_max = 256;  // of each kind

  Runtime() : Runtime(Options{}) {}
  explicit Runtime(Options options);
  Runtime(const Runtime&) = delete;
  // Every root must be done (aborts otherwise). Joins all threads.
  ~Runtime();

  std::shared_ptr<Strand> make_strand();
  WorkPool& pool() noexcept;
  WorkPool& resolvers() noexcept;

  // For root.hpp.
  void root_started() noexcept;
  void root_done() noexcept;
  // For the room's own sources.
  AsioRuntime& asio() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Waits that long; Error{cancelled} or {timeout} when the context was cancelled before. Works on any Strand.
Task<Status> sleep_for(Duration duration);

}  // namespace hermod::host
