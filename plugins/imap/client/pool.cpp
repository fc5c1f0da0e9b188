#include "plugins/imap/client/pool.hpp"

#include <algorithm>

#include "plugins/imap/client/limits.hpp"
#include "plugins/imap/client/login.hpp"

namespace hermod::imap {

ConnectionPool::Lease::~Lease() {
  if (connection_ != nullptr && connection_->is_open()) pool_->adopt(std::move(connection_));
}

void ConnectionPool::adopt(std::unique_ptr<Connection> connection) {
  resting_.push_back({std::move(connection), host_.clock().monotonic()});
}

std::optional<ConnectionPool::Resting> ConnectionPool::take_resting(const std::string& mailbox,
                                                                    Purpose purpose) {
  if (resting_.empty()) return std::nullopt;
  // A reader's pass and a writer leave each other's connections alone where they can. Opening another mailbox
  // ends UIDs that are not sticky, and somebody may be in the middle of them.
  const auto rank = [&](const Resting& entry) {
    const auto& selected = entry.connection->selected();
    const bool open = selected && selected->name == mailbox;
    if (open && selected->writable == (purpose == Purpose::writing)) return 3;
    if (open && purpose == Purpose::reading) return 2;
    return !selected || selected->uids_sticky ? 1 : 0;
  };
  auto chosen = resting_.begin();
  for (auto entry = resting_.begin(); entry != resting_.end(); ++entry) {
    if (rank(*entry) >= rank(*chosen)) chosen = entry;
  }
  auto taken = std::move(*chosen);
  resting_.erase(chosen);
  return taken;
}

Task<Result<ConnectionPool::Lease>> ConnectionPool::acquire(std::string mailbox, Purpose purpose) {
  auto permit = co_await permits_.acquire();
  if (!permit) co_return std::move(permit).error();
  if (auto resting = take_resting(mailbox, purpose)) {
    const auto rested = host_.clock().monotonic() - resting->since;
    co_return Lease(*this, *std::move(permit), std::move(resting->connection), rested);
  }
  auto connection = co_await open_connection(host_, account_, Use::work);
  if (!connection) co_return std::move(connection).error();
  co_return Lease(*this, *std::move(permit), *std::move(connection), std::nullopt);
}

void ConnectionPool::close_on(std::string_view mailbox) noexcept {
  std::erase_if(resting_, [&](const Resting& entry) {
    const auto& selected = entry.connection->selected();
    return selected && selected->name.starts_with(mailbox);
  });
}

void ConnectionPool::close_rested(TimePoint now) noexcept {
  std::erase_if(resting_, [&](const Resting& entry) { return now - entry.since > worker_rest_max; });
}

Task<Status> ConnectionPool::log_out() {
  for (auto& entry : std::exchange(resting_, {})) (void)co_await imap::log_out(*entry.connection);
  co_return ok();
}

}  // namespace hermod::imap
