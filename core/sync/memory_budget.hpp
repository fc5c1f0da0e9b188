// MemoryBudget: keeps the raw bytes that all rounds of all accounts hold at once within bounds, however many accounts
// sync for the first time together.
#pragma once

#include <algorithm>
#include <atomic>

#include "core/host/byte_budget.hpp"

namespace hermod::sync {

// Pages are made smaller the more rounds there are, so that nobody has to wait for another account's slow server.
class PageBudget {
 public:
  class Round {
   public:
    explicit Round(PageBudget& budget) : budget_(budget) { ++budget_.rounds_; }
    ~Round() { --budget_.rounds_; }
    Round(const Round&) = delete;

   private:
    PageBudget& budget_;
  };

  // What the next page may hold, at most `page_max`.
  std::size_t page_bytes(std::size_t page_max) const {
    const std::size_t pages = pages_of_a_round * std::max<std::size_t>(rounds_, 1);
    return std::min(std::max(total_bytes / pages, page_bytes_min), page_max);
  }

 private:
  static constexpr std::size_t total_bytes = 128u << 20;
  static constexpr std::size_t pages_of_a_round = 5;  // fetched, waiting (two), prepared, being committed
  static constexpr std::size_t page_bytes_min = 256u << 10;

  std::atomic<std::size_t> rounds_ = 0;
};

struct MemoryBudget {
  PageBudget pages;
  host::ByteBudget large_bodies{160u << 20};  // those fetched one by one; the largest message fits
};

}  // namespace hermod::sync
