#include "plugins/imap/client/idle.hpp"

#include <algorithm>

#include "plugins/imap/client/hints.hpp"
#include "plugins/imap/client/limits.hpp"

namespace hermod::imap {
namespace {

bool is_change(const Response& response) {
  return std::holds_alternative<Exists>(response) || std::holds_alternative<Expunge>(response) ||
         std::holds_alternative<Vanished>(response) || std::holds_alternative<FetchResponse>(response);
}

bool is_reply_to(const Response& response, std::string_view tag) {
  const auto* status = std::get_if<StatusResponse>(&response);
  return status != nullptr && status->tag == tag;
}

Error refused() {
  return {ErrorKind::unavailable,
          ErrorScope::account,
          Retry::after(),
          "the server ended the wait for changes",
          {},
          std::string(hint_wait),
          {}};
}

}  // namespace

Task<Result<bool>> IdleWatch::wait(Duration at_most) {
  Context& context = co_await current_context();
  auto changed = co_await wait_for_change(at_most);
  // A wait that was cut short leaves the command open for the next one; after anything else nobody follows
  // it.
  const bool goes_on = context.cancelled() && !tag_.empty();
  if (!changed && !goes_on) connection_->close();
  co_return changed;
}

Task<Result<bool>> IdleWatch::wait_for_change(Duration at_most) {
  Context& context = co_await current_context();
  const auto until = context.strand().now() + at_most;
  for (;;) {
    if (tag_.empty()) {
      if (auto started = co_await start(); !started) co_return std::move(started).error();
    }
    while (auto response = connection_->receive_buffered()) {
      if (!*response) co_return std::move(*response).error();
      if (is_reply_to(**response, tag_)) co_return refused();
      change_pending_ = change_pending_ || is_change(**response);
    }
    if (std::exchange(change_pending_, false)) co_return true;
    const auto now = context.strand().now();
    if (now >= started_ + renewal_) {
      if (auto stopped = co_await stop(); !stopped) co_return std::move(stopped).error();
      continue;
    }
    if (now >= until) co_return false;
    auto response = co_await connection_->receive(std::min(started_ + renewal_, until) - now);
    if (response) {
      if (is_reply_to(*response, tag_)) co_return refused();
      change_pending_ = is_change(*response);
    } else if (response.error().kind != ErrorKind::timeout || context.cancelled()) {
      co_return std::move(response).error();
    }
  }
}

Task<Status> IdleWatch::start() {
  auto tag = co_await connection_->send(Command("IDLE"));
  if (!tag) co_return std::move(tag).error();
  for (;;) {
    auto response = co_await connection_->receive(silence_max);
    if (!response) co_return std::move(response).error();
    if (is_reply_to(*response, *tag)) co_return refused();
    // Quirk(Exchange): EXISTS may come before the `+`.
    change_pending_ = change_pending_ || is_change(*response);
    if (std::holds_alternative<Continuation>(*response)) break;
  }
  tag_ = *std::move(tag);
  started_ = (co_await current_context()).strand().now();
  co_return ok();
}

// Changes may still come between DONE and the reply.
Task<Status> IdleWatch::stop() {
  if (tag_.empty()) co_return ok();
  const auto tag = std::exchange(tag_, {});
  if (auto sent = co_await connection_->send_line("DONE"); !sent) co_return sent;
  for (;;) {
    auto response = co_await connection_->receive(silence_max);
    if (!response) co_return std::move(response).error();
    change_pending_ = change_pending_ || is_change(*response);
    if (is_reply_to(*response, tag)) co_return ok();
  }
}

}  // namespace hermod::imap
