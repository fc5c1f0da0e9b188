#include "plugins/imap/session/push.hpp"

#include <hermod/race.hpp>

#include "plugins/imap/client/login.hpp"
#include "plugins/imap/client/mailbox.hpp"

namespace hermod::imap {

Task<Result<PushEvent>> IdlePush::wait(std::vector<CollectionRemoteId> collections) {
  if (collections.empty()) {
    co_return Error{
        ErrorKind::invalid_argument, ErrorScope::account, Retry::never(), "no folder to watch", {}, {}, {}};
  }
  const auto& wanted = collections.front();
  if (!watch_ || !watch_->is_open() || watch_->mailbox() != wanted.bytes) {
    if (auto watching = co_await watch(wanted.bytes); !watching) co_return std::move(watching).error();
    if (!in_step()) co_return PushEvent{{wanted}, false};
  }
  if (auto changed = co_await wait_for_change(); !changed) co_return std::move(changed).error();
  co_return PushEvent{{wanted}, false};
}

Task<Status> IdlePush::watch(std::string mailbox) {
  (void)co_await log_out();
  auto connection = co_await open_connection(host_, account_);
  if (!connection) co_return std::move(connection).error();
  if (auto opened = co_await open_mailbox(**connection, std::move(mailbox), std::nullopt, nullptr); !opened) {
    co_return opened;
  }
  watch_.emplace(*std::move(connection), account_.idle_renewal);
  co_return ok();
}

// Without mod-sequences equal counts say nothing of flags.
bool IdlePush::in_step() const {
  const auto found = settled_.find(watch_->mailbox());
  if (found == settled_.end() || !found->second.highest_modseq) return false;
  const auto& now = *watch_->connection().selected();
  return found->second == FolderState{now.uid_validity, now.uid_next, now.highest_modseq, now.messages};
}

// Cut into pieces, at whose ends the workers' connections that rest are closed.
Task<Status> IdlePush::wait_for_change() {
  Context& context = co_await current_context();
  for (;;) {
    workers_.close_rested(host_.clock().monotonic());
    auto changed = co_await with_deadline(watch_->wait(), worker_rest_max);
    const bool piece_over = !changed && changed.error().kind == ErrorKind::timeout && !context.cancelled();
    if (!piece_over || !watch_->is_open()) co_return changed;
  }
}

Task<Status> IdlePush::log_out() {
  if (!watch_) co_return ok();
  if (watch_->is_open() && (co_await with_deadline(watch_->stop(), logout_wait_max))) {
    (void)co_await imap::log_out(watch_->connection());
  }
  watch_.reset();
  co_return ok();
}

}  // namespace hermod::imap
