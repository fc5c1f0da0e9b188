#include "core/threading/thread_planner.hpp"

#include <algorithm>
#include <cstdlib>

namespace hermod::threading {

ids::ObjectId ThreadPlanner::resolve(ids::ObjectId thread_id) const {
  for (auto found = merged_.find(thread_id); found != merged_.end(); found = merged_.find(thread_id)) {
    thread_id = found->second;
  }
  return thread_id;
}

// The oldest of them takes the others in; a new thread when there is none.
ids::ObjectId ThreadPlanner::join(std::vector<ids::ObjectId> threads) {
  for (ids::ObjectId& thread : threads) thread = resolve(thread);
  if (threads.empty()) {
    const ids::ObjectId made = ids::new_object_id();
    new_threads_.insert(made);
    return made;
  }
  const ids::ObjectId into = *std::min_element(threads.begin(), threads.end());
  for (const ids::ObjectId& thread : threads) {
    if (thread != into) merged_.emplace(thread, into);
  }
  return into;
}

void ThreadPlanner::know_subject(const SubjectCandidate& candidate) {
  Subject& subject = subjects_[std::abs(candidate.subject_key)];
  const std::size_t count = std::min(candidate.participants.size(), participants_max);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& who = candidate.participants[i];
    subject.all[who].emplace(candidate.received_at, candidate.thread_id);
    if (candidate.subject_key < 0) subject.replies[who].emplace(candidate.received_at, candidate.thread_id);
  }
}

// The nearest in time. Either the new one or the held one is a reply that names no parent, and the reply comes later.
std::optional<ids::ObjectId> ThreadPlanner::thread_by_subject(const ThreadedMessage& message) const {
  if (!message.subject_key) return std::nullopt;
  const auto subject = subjects_.find(std::abs(*message.subject_key));
  if (subject == subjects_.end()) return std::nullopt;
  std::optional<ids::ObjectId> nearest;
  std::int64_t distance = subject_window_seconds + 1;
  const auto consider = [&](const ByTime::value_type& held) {
    const std::int64_t away = std::abs(message.received_at - held.first);
    if (away >= distance) return;
    distance = away;
    nearest = held.second;
  };
  const std::size_t count = std::min(message.participants.size(), participants_max);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& who = message.participants[i];
    const auto all = subject->second.all.find(who);
    if (*message.subject_key < 0 && all != subject->second.all.end()) {
      const auto later = all->second.upper_bound(message.received_at);
      if (later != all->second.begin()) consider(*std::prev(later));
    }
    const auto replies = subject->second.replies.find(who);
    if (replies == subject->second.replies.end()) continue;
    const auto reply = replies->second.lower_bound(message.received_at);
    if (reply != replies->second.end()) consider(*reply);
  }
  return nearest;
}

void ThreadPlanner::add(const ThreadedMessage& message) {
  std::vector<ids::ObjectId> threads;
  if (!message.provider_thread.empty()) {
    auto known = threads_by_provider_.find(message.provider_thread);
    if (known != threads_by_provider_.end()) threads.push_back(known->second);
    const ids::ObjectId thread = join(std::move(threads));
    threads_by_provider_.emplace(message.provider_thread, thread);
    placed_.push_back(thread);
    return;
  }
  const auto consider = [&](const ids::ObjectId& key) {
    if (auto found = threads_by_key_.find(key); found != threads_by_key_.end()) threads.push_back(found->second);
  };
  if (message.mid_key) consider(*message.mid_key);
  for (const ids::ObjectId& key : message.reference_keys) consider(key);
  if (message.reference_keys.empty()) {
    if (auto thread = thread_by_subject(message)) threads.push_back(*thread);
  }
  const ids::ObjectId thread = join(std::move(threads));
  if (message.mid_key) {
    threads_by_key_.emplace(*message.mid_key, thread);
    own_keys_.insert(*message.mid_key);
  }
  for (const ids::ObjectId& key : message.reference_keys) {
    if (threads_by_key_.emplace(key, thread).second) new_reference_keys_.insert(key);
  }
  if (message.subject_key) {
    know_subject({thread, *message.subject_key, message.received_at, message.participants});
  }
  placed_.push_back(thread);
}

std::vector<ThreadMerge> ThreadPlanner::merges() const {
  std::vector<ThreadMerge> merges;
  for (const auto& [from, into] : merged_) {
    if (!new_threads_.contains(from)) merges.push_back({from, resolve(into)});
  }
  return merges;
}

std::vector<ids::ObjectId> ThreadPlanner::new_reference_keys() const {
  std::vector<ids::ObjectId> keys;
  for (const ids::ObjectId& key : new_reference_keys_) {
    if (!own_keys_.contains(key)) keys.push_back(key);
  }
  return keys;
}

}  // namespace hermod::threading
