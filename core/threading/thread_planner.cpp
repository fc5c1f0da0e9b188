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

std::optional<ids::ObjectId> ThreadPlanner::thread_by_subject(const ThreadedMessage& message) const {
  if (!message.subject_key) return std::nullopt;
  const bool names_no_parent = *message.subject_key < 0;
  const SubjectCandidate* nearest = nullptr;
  for (const SubjectCandidate& candidate : candidates_) {
    if (std::abs(candidate.subject_key) != std::abs(*message.subject_key)) continue;
    // Either the new one or the held one is a reply that names no parent, and the reply comes later.
    const std::int64_t later_by = message.received_at - candidate.received_at;
    const bool fits = (names_no_parent && later_by >= 0) || (candidate.subject_key < 0 && later_by <= 0);
    if (!fits || std::abs(later_by) > subject_window_seconds) continue;
    const bool shared = std::any_of(message.participants.begin(), message.participants.end(), [&](const std::string& who) {
      return std::find(candidate.participants.begin(), candidate.participants.end(), who) != candidate.participants.end();
    });
    if (!shared) continue;
    if (nearest == nullptr || std::abs(later_by) < std::abs(message.received_at - nearest->received_at)) nearest = &candidate;
  }
  if (nearest == nullptr) return std::nullopt;
  return nearest->thread_id;
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
    candidates_.push_back({thread, *message.subject_key, message.received_at, message.participants});
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
