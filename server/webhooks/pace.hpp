// Pace: how many requests a destination may have under way, and when one that is down is tried again.
//
//   answers well: up to requests_max at once; a failure halves, a success doubles
//      ▼ down_after failures in a row, of more than one account       ▲ a success; beginning with one
//   down: one request at a time, after pauses that double up to longest_pause, with jitter; for an account
//   that did not fail, after newcomer_pause
// Owner: the destination. Threads: its strand. The clock is the caller's.
#pragma once

#include <hermod/context.hpp>

#include "core/ids/object_id.hpp"
#include "core/sync/backoff.hpp"

namespace hermod::server {

inline constexpr std::chrono::milliseconds first_pause{1'000}, longest_pause{600'000};

class Pace {
 public:
  static constexpr int down_after = 5;
  static constexpr std::chrono::seconds newcomer_pause{15};
  enum class Beginning : std::uint8_t { trusted, failing };

  Pace(int requests_max, Beginning beginning);

  bool down() const { return failures_ >= down_after && several_; }
  // `candidate`: whether the account that would be next failed before.
  enum class Candidate : std::uint8_t { failed_before, newcomer };
  int allowed(TimePoint now, Candidate candidate) const;
  // When a destination that is down is tried next.
  TimePoint probe_at(Candidate candidate) const;
  void succeeded();
  void failed(TimePoint now, const ids::ObjectId& account_id, const Error& error);

 private:
  int requests_max_;
  int allowed_;
  int failures_ = 0;          // in a row
  ids::ObjectId account_id_;  // of the first of them
  bool several_ = false;      // they are of more than one account
  TimePoint failed_at_{}, probe_at_{};
  sync::Backoff backoff_{first_pause, longest_pause};
};

}  // namespace hermod::server
