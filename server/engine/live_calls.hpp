// LiveCalls: the API's side of requests (core/store/request_store.hpp): asks whoever holds the account's
// lease, and waits for the answer.
//
// A waiting call blocks its HTTP thread, so only few wait at once: calls_max in this process,
// account_calls_max of them for one account; more are refused at once. While it waits it holds no database
// connection. One thread of its own, from the first call on, listens for answers; a look every second catches
// a wake-up that was lost. Owner: the engine, one. Threads: any.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>

#include "core/store/notification_listener.hpp"
#include "server/api/api.hpp"

namespace hermod::server {

class LiveCalls final : public LiveAccounts {
 public:
  static constexpr int account_calls_max = 4;

  struct Options {
    std::chrono::milliseconds answer_within{30'000};
    int calls_max = 16;
  };
  LiveCalls(store::Database& database, Options options);
  ~LiveCalls();  // every call must have returned
  LiveCalls(const LiveCalls&) = delete;

  Result<std::string> ask(const ids::ObjectId& account_id, store::RequestKind kind,
                          std::vector<std::string> argument) override;
  // Calls that wait, and those that come later, answer Error{unavailable}. Idempotent.
  void stop();

 private:
  class Place;
  enum class Woken : std::uint8_t { by_answer, by_time, by_stop };
  void listen();  // with the mutex held
  Woken wait_for(const ids::ObjectId& request_id, std::chrono::steady_clock::time_point until);

  store::Database& database_;
  const Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<ids::ObjectId, bool> waiting_;    // whether its answer was announced
  std::map<ids::ObjectId, int> of_account_;  // calls that wait
  int calls_ = 0;
  bool stopping_ = false;
  std::unique_ptr<store::NotificationListener> listener_;
};

}  // namespace hermod::server
