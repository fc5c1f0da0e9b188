// Sequencer: gives the committed rows of the change log their positions over all accounts.
//
//   writer commits ──► wake() ──► place_changes(): lock feed_clock, number what has no position, NOTIFY, commit
//
// A commit orders an account's rows by its clock row's lock, so whatever snapshot sees one sees those before it; the
// lock on feed_clock orders the passes, so positions become visible in their order. Every process with writers has
// one; a sweep every second takes up what a process that died had committed. Passes that fail are made again; what waits
// for longer is told in the log and by waiting(). Owner: the program, one; a thread of its own. wake() and waiting() from
// any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "core/store/database.hpp"
#include "hermod/host.hpp"

namespace hermod::feed {

// NOTIFY channel: rows have got positions. No payload.
inline constexpr const char* feed_channel = "hermod_feed";

// Numbers a batch in one transaction, and says whether there may be more. Error{unavailable} when the database is away.
Result<bool> place_changes(store::Connection& connection);

class Sequencer {
 public:
  Sequencer(store::Database& database, Log& log);
  ~Sequencer();  // stops after the pass under way
  Sequencer(const Sequencer&) = delete;

  void wake();
  // Since when there is, or may be, a committed change without a position; 0 when there is none.
  std::chrono::duration<double> waiting() const;

 private:
  using Clock = std::chrono::steady_clock;
  void run();
  void tell(const Error& error, Clock::time_point since);

  store::Database& database_;
  Log& log_;
  std::optional<Clock::time_point> told_at_;  // of the thread
  mutable std::mutex mutex_;                  // of the following
  std::condition_variable changed_;
  bool woken_ = true;
  bool stopping_ = false;
  std::optional<Clock::time_point> waiting_since_;
  std::thread thread_;
};

}  // namespace hermod::feed
