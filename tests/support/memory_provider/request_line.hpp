// RequestLine: where every request to the mail server in memory passes, so that a test can count it, hold it
// up, make it fail or lose its answer.
//
// Part of MemoryMailbox, thread-safe. A waiter is released under the line's lock, on whatever thread lets it
// go.
#pragma once

#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <optional>

#include "hermod/result.hpp"

namespace hermod::memory {

enum class Request : std::uint8_t {
  open,
  fetch_collections,
  answer_collections,  // what was listed is on its way back
  fetch_changes,
  fetch_body,
  push_mutation,
  wait,
  search
};

// A request that stands in line; implemented by the plugin, linked while it waits.
class Waiter {
 public:
  Request request = Request::open;
  std::string collection;
  std::optional<Error> failure;  // set before release(): the request is to fail with it
  bool answer_lost = false;      // likewise: it is to be done, and its answer then lost

  virtual void release() noexcept = 0;  // resumes it by Strand::post

 protected:
  Waiter() = default;
  ~Waiter() = default;
  Waiter(const Waiter&) = delete;
};

class RequestLine {
 public:
  static constexpr std::chrono::seconds patience{30};  // of a test's thread for an event

  // --- the test's side ---
  // How often it was asked for; with an empty collection: of any.
  std::size_t count(Request request, const std::string& collection = {}) const;
  void forget_counts();
  void fail_next(Request request, Error error, std::size_t times = 1);  // the following ones of that kind
  void refuse(Request request, std::string collection, Error error);  // until it is allowed again
  void allow(Request request, const std::string& collection);
  void lose_next_answer(Request request);
  // From then on such requests wait until the gate opens, or until they are cancelled.
  void close_gate(Request request);
  void open_gate(Request request);
  // Blocks until so many wait at the gate. False: not within `patience`.
  bool await_blocked(Request request, std::size_t waiting = 1);

  // --- the plugin's side ---
  void enter(Waiter& waiter);  // may release it at once
  // Takes it out of the line. False: it was released before.
  bool withdraw(Waiter& waiter);

 private:
  struct Fault {
    std::optional<Error> error;  // none: the answer is lost
  };
  void admit(Waiter& waiter);

  mutable std::mutex mutex_;
  std::condition_variable entered_;
  std::map<std::pair<Request, std::string>, std::size_t> counts_;
  std::map<Request, std::list<Fault>> faults_;
  std::map<Request, std::list<Waiter*>> gates_;  // those closed
  std::map<std::pair<Request, std::string>, Error> refusals_;
};

}  // namespace hermod::memory
