// TaskGroup, when_all: several tasks of one strand at once, all of them joined by their owner.
#pragma once

#include <list>
#include <vector>

#include "hermod/wait_queue.hpp"

namespace hermod {

// Owns running tasks. join() before it goes: the destructor aborts when a task still runs.
class TaskGroup {
 public:
  static constexpr std::size_t tasks_max = 1024;

  explicit TaskGroup(Context& parent) noexcept : context_(parent) {}
  TaskGroup(const TaskGroup&) = delete;
  ~TaskGroup() {
    if (running_ != 0) rule_broken("a task group was destroyed before its tasks were joined");
  }

  // Starts the task at once. Error{limit} when tasks_max run already; the task is then dropped unstarted.
  Status spawn(Task<Status> task) {
    reap();
    if (running_ >= tasks_max) {
      return Error{ErrorKind::limit, ErrorScope::account, Retry::after(), "too many tasks run at once", {}, {}, {}};
    }
    Child& child = children_.emplace_back(*this, std::move(task));
    ++running_;
    child.task.start(context_, child);
    return ok();
  }
  std::size_t running() const noexcept { return running_; }
  void cancel() noexcept { context_.cancel(); }

  // Waits until every task is done, however long; answers the first failure, in the order of completion. A mere
  // cancellation gives way to any other failure.
  Task<Status> join() {
    while (running_ != 0) (void)co_await done_.wait(WaitQueue::Cancellation::ignored);
    reap();
    if (failure_) co_return std::move(*failure_);
    co_return ok();
  }
  // Cancels them all, then joins. Cancellations are no failure here.
  Task<Status> cancel_and_join() {
    cancel();
    Status status = co_await join();
    if (!status && status.error().kind == ErrorKind::cancelled) co_return ok();
    co_return status;
  }
  // Waits until one more task is done (at once when none runs).
  Task<Status> wait_one() {
    if (running_ == 0) co_return ok();
    co_return co_await done_.wait();
  }

 private:
  struct Child final : CompletionHook {
    Child(TaskGroup& group, Task<Status> t) noexcept : owner(&group), task(std::move(t)) {}
    void on_done() noexcept override { owner->child_done(*this); }
    TaskGroup* owner;
    Task<Status> task;
  };
  static bool outweighs(const Error& later, const Error& first) noexcept {
    return first.kind == ErrorKind::cancelled && later.kind != ErrorKind::cancelled;
  }
  void child_done(Child& child) noexcept {
    --running_;
    Status status = child.task.take_result();
    if (!status && (!failure_ || outweighs(status.error(), *failure_))) failure_ = std::move(status).error();
    done_.wake_all();
  }
  void reap() noexcept {
    children_.remove_if([](const Child& child) { return child.task.done(); });
  }

  Context context_;
  std::list<Child> children_;
  std::size_t running_ = 0;
  std::optional<Error> failure_;
  WaitQueue done_;
};

namespace detail {
template <class T>
Task<Status> store_result(Task<T> task, std::optional<T>* into) {
  into->emplace(co_await std::move(task));
  co_return ok();
}
}  // namespace detail

// Runs all of them at once and gives their results in order; one's failure does not stop the others.
inline constexpr std::size_t when_all_max = 256;
template <class T>
Task<Result<std::vector<T>>> when_all(std::vector<Task<T>> tasks) {
  if (tasks.size() > when_all_max) {
    co_return Error{ErrorKind::limit, ErrorScope::account, Retry::never(), "too many tasks for when_all", {}, {}, {}};
  }
  std::vector<std::optional<T>> results(tasks.size());
  TaskGroup group(co_await current_context());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    (void)group.spawn(detail::store_result(std::move(tasks[i]), &results[i]));
  }
  (void)co_await group.join();
  std::vector<T> values;
  values.reserve(results.size());
  for (auto& result : results) values.push_back(std::move(*result));
  co_return values;
}

}  // namespace hermod
