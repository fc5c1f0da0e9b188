#include "plugins/imap/session/push.hpp"

#include <algorithm>

#include <hermod/race.hpp>

#include "plugins/imap/client/login.hpp"
#include "plugins/imap/client/mailbox.hpp"
#include "plugins/imap/mapping/collections.hpp"

namespace hermod::imap {

Task<Result<PushEvent>> ImapPush::wait(std::vector<CollectionRemoteId> collections) {
  if (collections.empty()) {
    co_return Error{
        ErrorKind::invalid_argument, ErrorScope::account, Retry::never(), "no folder to watch", {}, {}, {}};
  }
  if (use_notify_) {
    auto event = co_await wait_by_notify(collections);
    if (event || event.error().kind != ErrorKind::unsupported) co_return event;
    host_.log().write(LogLevel::info, "notify.refused", {});
    use_notify_ = false;
    if (!idle_supported_) co_return event;
    // Nobody watched the others since.
    co_return PushEvent{};
  }
  co_return co_await wait_by_idle(std::move(collections.front()));
}

Task<Result<PushEvent>> ImapPush::wait_by_notify(const std::vector<CollectionRemoteId>& collections) {
  if (!notify_ || !notify_->is_open()) {
    if (auto begun = co_await notify(); !begun) co_return std::move(begun).error();
  }
  for (;;) {
    workers_.close_rested(host_.clock().monotonic());
    auto news = co_await notify_->wait(worker_rest_max);
    if (!news) co_return std::move(news).error();
    if (news->overflow) co_return PushEvent{{}, true};
    auto event = event_of(*news, collections);
    if (!event.dirty.empty()) co_return event;
  }
}

Task<Status> ImapPush::notify() {
  notify_.reset();
  notified_.clear();
  auto connection = co_await open_connection(host_, account_, Use::wait);
  if (!connection) co_return std::move(connection).error();
  notify_.emplace(*std::move(connection), account_.idle_renewal);
  co_return ok();
}

// Folders that are not among `collections` are named as well: an event that names none means all of them.
PushEvent ImapPush::event_of(const MailboxNews& news, const std::vector<CollectionRemoteId>& collections) {
  PushEvent event;
  event.collections_changed = !news.names.empty();
  for (const auto& name : news.names) event.dirty.push_back({name});
  for (const auto& status : news.statuses) {
    const auto named = std::ranges::find_if(collections, [&](const CollectionRemoteId& collection) {
      return is_name_of(collection, status.name);
    });
    const bool unknown = named == collections.end();
    const CollectionRemoteId mailbox = unknown ? CollectionRemoteId{status.name} : *named;
    if (!is_news(mailbox.bytes, status)) continue;
    // What changes right behind a notice may get none. Without mod-sequences any status would be news again.
    if (!unknown && status.highest_modseq) notify_->look_again(mailbox.bytes);
    event.collections_changed = event.collections_changed || unknown;
    if (std::ranges::find(event.dirty, mailbox) == event.dirty.end()) event.dirty.push_back(mailbox);
  }
  return event;
}

// A whole status is news unless it is what is known; one of what changed alone always is. Without
// mod-sequences equal counts say nothing of flags.
bool ImapPush::is_news(const std::string& mailbox, const MailboxStatus& status) {
  const auto state = folder_state(status);
  if (!state || !state->highest_modseq) return true;
  const auto is_in = [&](const auto& states) {
    const auto found = states.find(mailbox);
    return found != states.end() && found->second == *state;
  };
  const bool known = is_in(states_.settled) || is_in(states_.listed) || is_in(notified_);
  const bool remembered = notified_.contains(mailbox) ||
                          (notified_.size() < folders_max && mailbox.size() <= remembered_name_bytes_max);
  if (remembered) notified_.insert_or_assign(mailbox, *state);
  return !known;
}

Task<Result<PushEvent>> ImapPush::wait_by_idle(CollectionRemoteId wanted) {
  if (!idle_ || !idle_->is_open() || idle_->mailbox() != wanted.bytes) {
    if (auto watching = co_await idle(wanted.bytes); !watching) co_return std::move(watching).error();
    if (!in_step()) co_return PushEvent{{std::move(wanted)}, false};
  }
  for (;;) {
    workers_.close_rested(host_.clock().monotonic());
    const auto changed = co_await idle_->wait(worker_rest_max);
    if (!changed) co_return changed.error();
    if (*changed) co_return PushEvent{{std::move(wanted)}, false};
  }
}

Task<Status> ImapPush::idle(std::string mailbox) {
  (void)co_await log_out();
  auto connection = co_await open_connection(host_, account_, Use::wait);
  if (!connection) co_return std::move(connection).error();
  if (auto opened = co_await open_mailbox(**connection, std::move(mailbox), std::nullopt, nullptr); !opened) {
    co_return opened;
  }
  idle_.emplace(*std::move(connection), account_.idle_renewal);
  co_return ok();
}

// Without mod-sequences equal counts say nothing of flags.
bool ImapPush::in_step() const {
  const auto found = states_.settled.find(idle_->mailbox());
  if (found == states_.settled.end() || !found->second.highest_modseq) return false;
  const auto& now = *idle_->connection().selected();
  return found->second == FolderState{now.uid_validity, now.uid_next, now.highest_modseq, now.messages};
}

Task<Status> ImapPush::log_out() {
  if (idle_) {
    if (idle_->is_open() && (co_await with_deadline(idle_->stop(), logout_wait_max))) {
      (void)co_await imap::log_out(idle_->connection());
    }
    idle_.reset();
  }
  if (notify_) {
    if (notify_->is_open() && notify_->is_quiet()) (void)co_await imap::log_out(notify_->connection());
    notify_.reset();
  }
  co_return ok();
}

}  // namespace hermod::imap
