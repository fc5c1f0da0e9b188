// Semaphore, AsyncMutex, Channel: coordination between the tasks of one strand.
#pragma once

#include <algorithm>
#include <deque>

#include "hermod/wait_queue.hpp"

namespace hermod {

// A permit is handed to the longest waiter. Permits are given back by Permit's destructor.
class Semaphore {
 public:
  class [[nodiscard]] Permit {
   public:
    Permit() = default;
    explicit Permit(Semaphore& semaphore) noexcept : semaphore_(&semaphore) {}
    Permit(Permit&& other) noexcept : semaphore_(std::exchange(other.semaphore_, nullptr)) {}
    Permit& operator=(Permit&& other) noexcept {
      if (this != &other) {
        release();
        semaphore_ = std::exchange(other.semaphore_, nullptr);
      }
      return *this;
    }
    ~Permit() { release(); }
    void release() noexcept {
      if (semaphore_ != nullptr) std::exchange(semaphore_, nullptr)->give_back();
    }

   private:
    Semaphore* semaphore_ = nullptr;
  };

  explicit Semaphore(std::size_t permits) noexcept : free_(permits) {}
  Semaphore(const Semaphore&) = delete;

  // Error{cancelled} or {timeout} when cancelled while waiting.
  Task<Result<Permit>> acquire() {
    if (free_ > 0) {
      --free_;
      co_return Permit(*this);
    }
    Status woken = co_await queue_.wait();  // whoever wakes us hands its permit over
    if (!woken) co_return std::move(woken).error();
    co_return Permit(*this);
  }
  std::size_t free() const noexcept { return free_; }

 private:
  void give_back() noexcept {
    if (!queue_.wake_one()) ++free_;
  }
  std::size_t free_;
  WaitQueue queue_;
};

class AsyncMutex : private Semaphore {
 public:
  using Lock = Semaphore::Permit;
  AsyncMutex() noexcept : Semaphore(1) {}
  Task<Result<Lock>> lock() { return acquire(); }
};

// A bounded queue: push waits while it is full, pop while it is empty.
template <class T>
class Channel {
 public:
  static constexpr std::size_t capacity_max = 65536;
  // Between 1 and capacity_max.
  explicit Channel(std::size_t capacity) noexcept : capacity_(std::clamp<std::size_t>(capacity, 1, capacity_max)) {}
  Channel(const Channel&) = delete;

  // Error{unavailable} once closed.
  Task<Status> push(T value) {
    while (!closed_ && values_.size() >= capacity_) {
      if (Status woken = co_await not_full_.wait(); !woken) co_return woken;
    }
    if (closed_) co_return Error{ErrorKind::unavailable, ErrorScope::account, Retry::never(), "the channel is closed", {}, {}, {}};
    values_.push_back(std::move(value));
    not_empty_.wake_one();
    co_return ok();
  }
  // Nothing once closed and drained.
  Task<Result<std::optional<T>>> pop() {
    while (values_.empty() && !closed_) {
      if (Status woken = co_await not_empty_.wait(); !woken) co_return std::move(woken).error();
    }
    std::optional<T> value;
    if (!values_.empty()) {
      value.emplace(std::move(values_.front()));
      values_.pop_front();
      not_full_.wake_one();
    }
    co_return std::move(value);
  }
  void close() noexcept {
    closed_ = true;
    not_full_.wake_all();
    not_empty_.wake_all();
  }
  std::size_t size() const noexcept { return values_.size(); }

 private:
  std::size_t capacity_;
  bool closed_ = false;
  std::deque<T> values_;
  WaitQueue not_full_;
  WaitQueue not_empty_;
};

}  // namespace hermod
