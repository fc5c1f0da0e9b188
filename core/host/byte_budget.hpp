// ByteBudget: memory that the sessions of all accounts share; a task waits until its part is free.
//
// Owner: what the sessions have in common. Thread-safe: waiters are on strands of their own. First come, first
// served, so that a large part is not starved by small ones. A part larger than the budget gets all of it.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

#include "core/host/thread_event.hpp"

namespace hermod::host {

class ByteBudget {
 public:
  class Permit {
   public:
    Permit(Permit&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (budget_ != nullptr) budget_->give_back(bytes_);
    }

   private:
    friend class ByteBudget;
    Permit(ByteBudget& budget, std::uint64_t bytes) noexcept : budget_(&budget), bytes_(bytes) {}
    ByteBudget* budget_;
    std::uint64_t bytes_;
  };

  explicit ByteBudget(std::uint64_t bytes) noexcept : total_(bytes), free_(bytes) {}

  // The Error is the context's, when it was cancelled first.
  Task<Result<Permit>> acquire(std::uint64_t bytes);

 private:
  struct Waiter {
    std::uint64_t bytes;
    bool granted = false;
    ThreadEvent event;
  };

  void give_back(std::uint64_t bytes);

  const std::uint64_t total_;
  std::mutex mutex_;
  std::uint64_t free_;
  std::list<std::shared_ptr<Waiter>> waiting_;
};

}  // namespace hermod::host
