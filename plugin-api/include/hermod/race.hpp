// race, with_deadline: two tasks of which the first to COMPLETE decides, and a task with a time limit.
#pragma once

#include "hermod/task_group.hpp"

namespace hermod {

template <class A, class B>
struct RaceOutcome {
  int winner = 0;  // 0: first completed first, 1: second
  A first;
  B second;  // the loser's is its cancel error, or its result if it completed all the same
};

namespace detail {
struct RaceSide final : CompletionHook {
  RaceSide(int number, int& winner, WaitQueue& done) noexcept : number(number), winner(&winner), done_queue(&done) {}
  void on_done() noexcept override {
    finished = true;
    if (*winner < 0) *winner = number;
    done_queue->wake_all();
  }
  int number;
  int* winner;
  WaitQueue* done_queue;
  bool finished = false;
};
}  // namespace detail

// The first COMPLETION wins, be it a failure (so that an EOF is seen at once); the other is cancelled and joined.
template <class A, class B>
Task<Result<RaceOutcome<A, B>>> race(Task<A> first, Task<B> second) {
  Context& parent = co_await current_context();
  Context first_context(parent);
  Context second_context(parent);
  int winner = -1;
  WaitQueue done;
  detail::RaceSide first_side(0, winner, done);
  detail::RaceSide second_side(1, winner, done);
  first.start(first_context, first_side);
  second.start(second_context, second_side);
  while (winner < 0) (void)co_await done.wait(WaitQueue::Cancellation::ignored);
  (winner == 0 ? second_context : first_context).cancel();
  while (!first_side.finished || !second_side.finished) (void)co_await done.wait(WaitQueue::Cancellation::ignored);
  co_return RaceOutcome<A, B>{winner, first.take_result(), second.take_result()};
}

// The task's result, or Error{timeout} from the leaf it hung in once the time is over.
template <class T>
Task<T> with_deadline(Task<T> task, Duration limit) {
  Context& parent = co_await current_context();
  Context limited(parent);
  limited.set_deadline(later(parent.strand().now(), limit));
  co_return co_await std::move(task).in(limited);
}

}  // namespace hermod
