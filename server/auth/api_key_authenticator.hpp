// ApiKeyAuthenticator: who asks, by the API key of the Authorization header.
//
// Keys that the store confirmed are remembered for a moment, so that a busy client costs no look-up a
// request; a revocation is seen everywhere within remembered_for. What does not have a key's form is refused
// without a look-up. Owner: the api role. Threads: any. Limits: remembered_max keys; then all are asked for
// anew.
#pragma once

#include <chrono>
#include <mutex>
#include <unordered_map>

#include "core/store/application_store.hpp"
#include "server/http/request.hpp"

namespace hermod::server {

class ApiKeyAuthenticator {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds remembered_for{2};
  static constexpr std::size_t remembered_max = 10'000;

  explicit ApiKeyAuthenticator(store::Database& database) : database_(database) {}

  // Error{auth} without a good key; Error{unavailable} when the database cannot be asked.
  Result<Principal> authenticate(const Request& request, Clock::time_point now = Clock::now());

 private:
  struct Remembered {
    Principal principal;
    Clock::time_point until;
  };
  std::optional<Principal> recall(const std::string& hash, Clock::time_point now);
  void remember(const std::string& hash, const Principal& principal, Clock::time_point now);

  store::Database& database_;
  std::mutex mutex_;
  std::unordered_map<std::string, Remembered> remembered_;  // by the key's hash
};

}  // namespace hermod::server
