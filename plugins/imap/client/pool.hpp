// ConnectionPool: an account's connections for work (not the one that waits for changes). Owned by the
// session; strand. At most `workers` exist; who finds none free waits. A connection that was used before and
// fails at its next use was probably dropped by the server meanwhile: see Lease::is_fresh.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <hermod/channel.hpp>

#include "plugins/imap/client/account.hpp"
#include "plugins/imap/client/connection.hpp"

namespace hermod::imap {

class ConnectionPool {
 public:
  ConnectionPool(Host& host, const AccountSettings& account, std::size_t workers)
      : host_(host), account_(account), permits_(workers) {}

  class [[nodiscard]] Lease {
   public:
    Lease(ConnectionPool& pool, Semaphore::Permit permit, std::unique_ptr<Connection> connection, bool fresh)
        : pool_(&pool), permit_(std::move(permit)), connection_(std::move(connection)), fresh_(fresh) {}
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    // Gives it back, unless it was closed.
    ~Lease();
    Connection& operator*() const noexcept { return *connection_; }
    Connection* operator->() const noexcept { return connection_.get(); }
    // Opened for this lease, so that its failure is the server's, not that of an old connection.
    bool is_fresh() const noexcept { return fresh_; }

   private:
    ConnectionPool* pool_;
    Semaphore::Permit permit_;
    std::unique_ptr<Connection> connection_;
    bool fresh_;
  };

  // One with `mailbox` open if there is one, else any, else a new one.
  Task<Result<Lease>> acquire(std::string mailbox);
  void adopt(std::unique_ptr<Connection> connection);
  // Closes those that nobody used for a while.
  void close_rested(TimePoint now) noexcept;
  Task<Status> log_out();

 private:
  struct Resting {
    std::unique_ptr<Connection> connection;
    TimePoint since;
  };
  std::unique_ptr<Connection> take_resting(const std::string& mailbox);

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
