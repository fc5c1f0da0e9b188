#include "tests/support/memory_provider/request_line.hpp"

namespace hermod::memory {

std::size_t RequestLine::count(Request request, const std::string& collection) const {
  std::lock_guard lock(mutex_);
  std::size_t sum = 0;
  for (const auto& [key, times] : counts_) {
    if (key.first == request && (collection.empty() || key.second == collection)) sum += times;
  }
  return sum;
}

void RequestLine::forget_counts() {
  std::lock_guard lock(mutex_);
  counts_.clear();
}

void RequestLine::fail_next(Request request, Error error, std::size_t times) {
  std::lock_guard lock(mutex_);
  faults_[request].insert(faults_[request].end(), times, Fault{std::move(error)});
}

void RequestLine::refuse(Request request, std::string collection, Error error) {
  std::lock_guard lock(mutex_);
  refusals_.insert_or_assign({request, std::move(collection)}, std::move(error));
}

void RequestLine::allow(Request request, const std::string& collection) {
  std::lock_guard lock(mutex_);
  refusals_.erase({request, collection});
}

void RequestLine::lose_next_answer(Request request) {
  std::lock_guard lock(mutex_);
  faults_[request].emplace_back();
}

void RequestLine::close_gate(Request request) {
  std::lock_guard lock(mutex_);
  gates_.try_emplace(request);
}

void RequestLine::open_gate(Request request) {
  std::lock_guard lock(mutex_);
  const auto gate = gates_.extract(request);
  if (gate.empty()) return;
  for (Waiter* waiter : gate.mapped()) admit(*waiter);
}

bool RequestLine::await_blocked(Request request, std::size_t waiting) {
  std::unique_lock lock(mutex_);
  return entered_.wait_for(lock, patience, [&] {
    const auto gate = gates_.find(request);
    return gate != gates_.end() && gate->second.size() >= waiting;
  });
}

void RequestLine::enter(Waiter& waiter) {
  std::lock_guard lock(mutex_);
  ++counts_[{waiter.request, waiter.collection}];
  if (const auto gate = gates_.find(waiter.request); gate != gates_.end()) {
    gate->second.push_back(&waiter);
    entered_.notify_all();
  } else {
    admit(waiter);
  }
}

bool RequestLine::withdraw(Waiter& waiter) {
  std::lock_guard lock(mutex_);
  const auto gate = gates_.find(waiter.request);
  return gate != gates_.end() && gate->second.remove(&waiter) != 0;
}

void RequestLine::admit(Waiter& waiter) {
  if (std::list<Fault>& faults = faults_[waiter.request]; !faults.empty()) {
    waiter.failure = std::move(faults.front().error);
    waiter.answer_lost = !waiter.failure;
    faults.pop_front();
  }
  const auto refusal = refusals_.find({waiter.request, waiter.collection});
  if (!waiter.failure && refusal != refusals_.end()) waiter.failure = refusal->second;
  waiter.release();
}

}  // namespace hermod::memory
