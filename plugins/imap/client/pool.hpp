// ConnectionPool: an account's connections for work (not the one that waits for changes). Owned by the
// session; strand. At most `workers` exist; who finds none free waits. A connection that was used before and
// fails at its next use was probably dropped by the server meanwhile: see Lease::is_fresh.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <hermod/channel.hpp>

#include "plugins/imap/client/account.hpp"
#include "plugins/imap/client/connection.hpp"
#include "plugins/imap/client/limits.hpp"

namespace hermod::imap {

enum class Purpose : std::uint8_t { reading, writing };

class ConnectionPool {
 public:
  ConnectionPool(Host& host, const AccountSettings& account, std::size_t workers)
      : host_(host), account_(account), permits_(workers) {}

  class [[nodiscard]] Lease {
   public:
    // `rested`: since its last use; absent for a new one.
    Lease(ConnectionPool& pool, Semaphore::Permit permit, std::unique_ptr<Connection> connection,
          std::optional<Duration> rested)
        : pool_(&pool), permit_(std::move(permit)), connection_(std::move(connection)), rested_(rested) {}
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    // Gives it back, unless it was closed.
    ~Lease();
    Connection& operator*() const noexcept { return *connection_; }
    Connection* operator->() const noexcept { return connection_.get(); }
    // Opened for this lease, so that its failure is the server's, not that of an old connection.
    bool is_fresh() const noexcept { return !rested_; }
    // Unused for so long that the server may have dropped it unnoticed.
    bool is_doubtful() const noexcept { return rested_ && *rested_ > trusted_rest_max; }

   private:
    ConnectionPool* pool_;
    Semaphore::Permit permit_;
    std::unique_ptr<Connection> connection_;
    std::optional<Duration> rested_;
  };

  // One with `mailbox` open for that purpose if there is one, else any, else a new one.
  Task<Result<Lease>> acquire(std::string mailbox, Purpose purpose = Purpose::reading);
  void adopt(std::unique_ptr<Connection> connection);
  // Closes those that rest with that mailbox open, or one whose name begins so: soon these names mean others,
  // or nothing.
  void close_on(std::string_view mailbox) noexcept;
  // Closes those that nobody used for a while.
  void close_rested(TimePoint now) noexcept;
  Task<Status> log_out();

 private:
  struct Resting {
    std::unique_ptr<Connection> connection;
    TimePoint since;
  };
  std::optional<Resting> take_resting(const std::string& mailbox, Purpose purpose);

  Host& host_;
  const AccountSettings& account_;
  Semaphore permits_;
  std::vector<Resting> resting_;
};

// An old connection that the server dropped while it rested: the call is tried once more on a new one.
inline bool was_dropped(const Error& error, const ConnectionPool::Lease& lease) {
  return error.kind == ErrorKind::unavailable && !lease.is_fresh() && !lease->is_open();
}

}  // namespace hermod::imap
