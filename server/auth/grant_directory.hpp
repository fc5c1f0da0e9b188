// GrantDirectory: which account a request's grant is. An answer of the store is remembered for a moment, so
// that a list is one statement; a grant that this process deleted or changed is forgotten at once, one that
// another did within remembered_for.
//
// Owner: the api role. Threads: any. Limits: remembered_max grants; then all are asked for anew.
#pragma once

#include <chrono>
#include <map>
#include <mutex>

#include "core/store/grant_store.hpp"
#include "server/http/request.hpp"

namespace hermod::server {

// The grant that a path names, of the application that asks.
struct AccountScope {
  ids::ObjectId account_id;
  std::string grant_id;  // its public form
  std::string provider;
};

class GrantDirectory {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds remembered_for{1};
  static constexpr std::size_t remembered_max = 10'000;

  explicit GrantDirectory(store::Database& database) : database_(database) {}

  // `identifier`: an id, an e-mail address, or `me` with an access token. Error{not_found} also for the grant
  // of another application; Error{invalid_argument} for `me` with an API key.
  Result<AccountScope> resolve(const Principal& principal, const std::string& identifier,
                               Clock::time_point now = Clock::now());
  void forget(const ids::ObjectId& account_id);

 private:
  struct Remembered {
    AccountScope scope;
    Clock::time_point until;
  };
  store::Database& database_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Remembered> remembered_;  // by application and identifier
};

// The id or address that `me` or the identifier itself stands for, as far as the principal may name it.
Result<std::string> permitted_identifier(const Principal& principal, const std::string& identifier);

}  // namespace hermod::server
