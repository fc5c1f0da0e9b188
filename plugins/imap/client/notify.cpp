#include "plugins/imap/client/notify.hpp"

#include <algorithm>
#include <iterator>

#include "plugins/imap/client/hints.hpp"
#include "plugins/imap/client/kept.hpp"
#include "plugins/imap/client/limits.hpp"
#include "plugins/imap/client/listing.hpp"

namespace hermod::imap {
namespace {

// From all that is of use to the least that is (RFC 5465 §5: a server may refuse any but the first two).
constexpr std::string_view events[] = {
    "MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange",
    "MessageNew MessageExpunge FlagChange MailboxName",
    "MessageNew MessageExpunge FlagChange",
};

constexpr std::size_t news_max = 2 * folders_max;

Command notify_command(std::size_t attempt) {
  return Command("NOTIFY SET STATUS (personal (" + std::string(events[attempt]) + "))");
}

Error refused() {
  return {
      ErrorKind::unsupported, ErrorScope::account, Retry::never(), "the server refuses NOTIFY", {}, {}, {}};
}

Error no_answer() {
  return {ErrorKind::unavailable,
          ErrorScope::account,
          Retry::after(),
          "the server does not answer",
          {},
          std::string(hint_network),
          {}};
}

}  // namespace

Task<Result<MailboxNews>> NotifyWatch::wait(Duration at_most) {
  Context& context = co_await current_context();
  auto news = co_await wait_for_news(at_most);
  if (!news && news.error().kind != ErrorKind::unsupported && !context.cancelled()) connection_->close();
  co_return news;
}

Task<Result<MailboxNews>> NotifyWatch::wait_for_news(Duration at_most) {
  const Strand& strand = (co_await current_context()).strand();
  const auto until = strand.now() + at_most;
  for (;;) {
    while (auto response = connection_->receive_buffered()) {
      if (!*response) co_return std::move(*response).error();
      take(*std::move(*response));
    }
    if (state_ == State::refused) co_return refused();
    // While the first statuses come, the rest of them is waited for.
    if (state_ != State::asked && !news_.empty()) co_return std::exchange(news_, {});
    if (state_ == State::off) {
      if (auto sent = co_await send(notify_command(attempt_)); !sent) co_return std::move(sent).error();
      state_ = State::asked;
    }
    if (strand.now() >= due()) {
      if (!open_tag_.empty()) co_return no_answer();
      if (auto sent = co_await send(next_command(strand.now())); !sent) co_return std::move(sent).error();
    }
    if (strand.now() >= until) co_return MailboxNews{};
    auto response = co_await connection_->receive(std::min(due(), until) - strand.now());
    if (response) {
      heard_ = strand.now();
      take(*std::move(response));
    } else if (response.error().kind != ErrorKind::timeout || (co_await current_context()).cancelled()) {
      co_return std::move(response).error();
    }
  }
}

TimePoint NotifyWatch::due() const {
  if (!open_tag_.empty()) return heard_ + silence_max;
  auto next = settling_ ? heard_ + notify_settling : sent_ + renewal_;
  for (const auto& [mailbox, time] : looks_) next = std::min(next, time);
  return next;
}

Command NotifyWatch::next_command(TimePoint now) {
  const auto look = std::ranges::find_if(looks_, [&](const auto& one) { return one.second <= now; });
  if (look != looks_.end()) {
    return status_command(connection_->capabilities(), looks_.extract(look).key());
  }
  settling_ = false;
  return Command("NOOP");
}

Task<Status> NotifyWatch::send(Command command) {
  auto tag = co_await connection_->send(std::move(command));
  if (!tag) co_return std::move(tag).error();
  open_tag_ = *std::move(tag);
  sent_ = heard_ = (co_await current_context()).strand().now();
  co_return ok();
}

void NotifyWatch::take(Response response) {
  if (auto* mailbox = std::get_if<MailboxStatus>(&response)) {
    if (has_room_for(memory_of(*mailbox))) news_.statuses.push_back(std::move(*mailbox));
  }
  if (auto* listing = std::get_if<MailboxListing>(&response)) {
    if (has_room_for(memory_of(listing->name))) news_.names.push_back(std::move(listing->name));
  }
  const auto* status = std::get_if<StatusResponse>(&response);
  if (status == nullptr) return;
  if (!open_tag_.empty() && status->tag == open_tag_) take_reply(*status);
  if (status->code.code != Code::notification_overflow) return;
  news_ = {{}, {}, true};
  state_ = ++overflows_ < notify_overflows_max ? State::off : State::refused;
}

// Without room it is told that anything may have changed.
bool NotifyWatch::has_room_for(std::size_t bytes) {
  if (news_.empty()) news_bytes_ = 0;
  news_bytes_ += bytes;
  const bool full = news_.statuses.size() + news_.names.size() >= news_max || news_bytes_ > kept_bytes_max;
  news_.overflow = news_.overflow || full;
  return !full;
}

void NotifyWatch::take_reply(const StatusResponse& reply) {
  open_tag_.clear();
  if (state_ != State::asked) return;
  settling_ = reply.condition == Condition::ok;
  if (settling_) {
    state_ = State::on;
  } else if (reply.code.code == Code::bad_event && attempt_ + 1 < std::size(events)) {
    ++attempt_;
    state_ = State::off;
  } else {
    state_ = State::refused;
  }
}

}  // namespace hermod::imap
