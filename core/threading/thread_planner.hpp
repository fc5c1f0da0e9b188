// ThreadPlanner: which thread each new message of a page joins, and which threads a late parent makes one.
//
// By the provider's thread id where there is one; else by Message-ID and References (two messages that name one
// Message-ID belong together, held or not); else, for a reply that names no parent, by its subject within
// subject_window_seconds and with a shared participant. Feed it what the store knows of keys() first, then the
// messages, in the order of the page. Owner: one page's commit; one thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/ids/object_id.hpp"

namespace hermod::threading {

inline constexpr std::int64_t subject_window_seconds = 7 * 24 * 3600;
// Of a message, from the sender on: a letter to thousands is not compared with each of them.
inline constexpr std::size_t participants_max = 50;

struct ThreadedMessage {
  std::optional<ids::ObjectId> mid_key;
  std::vector<ids::ObjectId> reference_keys;  // References, and In-Reply-To
  std::string provider_thread;                // empty: none
  std::optional<std::int64_t> subject_key;    // negative: a reply that names no parent
  std::vector<std::string> participants;      // addresses in lower case, the sender first; participants_max count
  std::int64_t received_at = 0;
};

// A message that the store holds and that a subject may tie to a new one.
struct SubjectCandidate {
  ids::ObjectId thread_id;
  std::int64_t subject_key = 0;
  std::int64_t received_at = 0;
  std::vector<std::string> participants;
};

struct ThreadMerge {
  ids::ObjectId from, into;
};

class ThreadPlanner {
 public:
  // What the store knows: the thread of a Message-ID (held or named), of a provider's thread id, of a subject.
  void know_key(const ids::ObjectId& mid_key, const ids::ObjectId& thread_id) { threads_by_key_.emplace(mid_key, thread_id); }
  void know_provider_thread(const std::string& provider_thread, const ids::ObjectId& thread_id) {
    threads_by_provider_.emplace(provider_thread, thread_id);
  }
  void know_subject(const SubjectCandidate& candidate);

  void add(const ThreadedMessage& message);

  // After the last add(): the thread of the n-th message added, merges and keys to store taken into account.
  ids::ObjectId thread_of(std::size_t message) const { return resolve(placed_[message]); }
  bool is_new(const ids::ObjectId& thread_id) const { return new_threads_.contains(thread_id); }
  // Threads that the store holds and that are now part of another.
  std::vector<ThreadMerge> merges() const;
  // Message-IDs that were named and that the store knew nothing of.
  std::vector<ids::ObjectId> new_reference_keys() const;
  ids::ObjectId thread_of_key(const ids::ObjectId& mid_key) const { return resolve(threads_by_key_.at(mid_key)); }

 private:
  ids::ObjectId resolve(ids::ObjectId thread_id) const;
  ids::ObjectId join(std::vector<ids::ObjectId> threads);
  std::optional<ids::ObjectId> thread_by_subject(const ThreadedMessage& message) const;

  std::unordered_map<ids::ObjectId, ids::ObjectId> threads_by_key_;
  std::unordered_map<std::string, ids::ObjectId> threads_by_provider_;
  // The messages of one subject by who takes part and when, so that the nearest is found without a look at each.
  using ByTime = std::multimap<std::int64_t, ids::ObjectId>;  // received_at → thread
  struct Subject {
    std::unordered_map<std::string, ByTime> all, replies;  // by participant; replies that name no parent
  };
  std::unordered_map<std::int64_t, Subject> subjects_;
  std::unordered_map<ids::ObjectId, ids::ObjectId> merged_;  // from → into
  std::unordered_set<ids::ObjectId> new_threads_;
  std::unordered_set<ids::ObjectId> new_reference_keys_, own_keys_;
  std::vector<ids::ObjectId> placed_;
};

}  // namespace hermod::threading
