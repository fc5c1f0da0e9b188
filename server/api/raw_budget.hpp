// RawBudget: memory for raw messages that answers under way share. An answer takes its part before it reads
// and keeps it until it is sent; whoever finds too little free waits for a while.
//
// Owner: Api. Thread-safe. A part larger than the budget gets all of it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <hermod/result.hpp>
#include <memory>
#include <mutex>

namespace hermod::server {

class RawBudget {
 public:
  using Part = std::shared_ptr<const void>;  // given back with its last copy; outlived by the budget

  RawBudget(std::uint64_t bytes, std::chrono::milliseconds wait_max)
      : total_(bytes), wait_max_(wait_max), free_(bytes) {}

  // Error{unavailable}: others kept it for too long.
  Result<Part> take(std::uint64_t bytes);

 private:
  void give_back(std::uint64_t bytes);

  const std::uint64_t total_;
  const std::chrono::milliseconds wait_max_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::uint64_t free_;
};

}  // namespace hermod::server
