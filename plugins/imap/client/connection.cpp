#include "plugins/imap/client/connection.hpp"

#include <algorithm>
#include <map>

#include "plugins/imap/client/hints.hpp"
#include "plugins/imap/client/kept.hpp"
#include "plugins/imap/client/limits.hpp"

namespace hermod::imap {
namespace {

// `run` as a conversation of one command.
class OneCommand final : public Conversation {
 public:
  OneCommand(Command command, std::vector<Response>* responses)
      : command_(std::move(command)), responses_(responses) {}
  std::optional<Command> next_command() override { return std::exchange(command_, std::nullopt); }
  void on_response(Response response) override {
    if (responses_ == nullptr || std::holds_alternative<UnknownResponse>(response)) return;
    bytes_kept_ += memory_of(response);
    responses_->push_back(std::move(response));
  }
  void on_completed(std::size_t, StatusResponse reply) override { reply_ = std::move(reply); }
  void on_malformed() override { damaged_ = responses_ != nullptr; }
  std::uint64_t bytes_kept() const override { return bytes_kept_; }
  StatusResponse take_reply() { return std::move(reply_); }
  bool damaged() const { return damaged_; }

 private:
  std::optional<Command> command_;
  std::vector<Response>* responses_;
  StatusResponse reply_;
  bool damaged_ = false;
  std::uint64_t bytes_kept_ = 0;
};

}  // namespace

Error answer_too_long() {
  return {ErrorKind::limit,
          ErrorScope::collection,
          Retry::after(),
          "the server's answer does not end",
          {},
          std::string(hint_wait),
          {}};
}

Task<Status> Conversation::on_literal(std::string_view, std::string) { co_return ok(); }

// The state of one converse().
struct Connection::Exchange {
  Exchange(Conversation& conversation, std::size_t commands_open_max)
      : talk(conversation), depth(std::clamp<std::size_t>(commands_open_max, 1, pipeline_depth_max)) {}

  Conversation& talk;
  std::size_t depth;
  std::size_t sent = 0;
  std::map<std::string, std::size_t, std::less<>> open;  // tag → number
  std::optional<Command> held;  // has synchronizing literals: waits until nothing else is open
  std::string literal_head;
  bool continued = false;
  std::uint64_t octets_before = 0;
};

Task<Result<StatusResponse>> Connection::run(Command command, Subject subject,
                                             std::vector<Response>* responses) {
  OneCommand talk(std::move(command), responses);
  auto status = co_await converse(talk, 1);
  if (!status) co_return std::move(status).error();
  auto reply = talk.take_reply();
  if (reply.condition != Condition::ok) co_return refusal(reply, subject);
  if (talk.damaged()) {
    co_return Error{ErrorKind::invalid_data,
                    ErrorScope::collection,
                    Retry::after(),
                    "a part of the answer was malformed",
                    {},
                    std::string(hint_wait),
                    {}};
  }
  co_return std::move(reply);
}

Task<Status> Connection::converse(Conversation& talk, std::size_t depth) {
  auto status = co_await exchange(talk, depth);
  if (!status) close();
  co_return status;
}

Task<Status> Connection::exchange(Conversation& talk, std::size_t depth) {
  Exchange exchange(talk, depth);
  exchange.octets_before = transport_.octets_read();
  for (;;) {
    if (auto sent = co_await send_pending(exchange); !sent) co_return sent;
    if (exchange.open.empty()) co_return ok();
    if (auto handled = co_await await_event(exchange); !handled) co_return handled;
  }
}

Task<Status> Connection::send_pending(Exchange& exchange) {
  std::string outgoing;
  while (exchange.open.size() < exchange.depth) {
    auto command = exchange.held ? std::exchange(exchange.held, std::nullopt) : exchange.talk.next_command();
    if (!command) break;
    auto tag = next_tag();
    auto segments = command->serialize(tag, capabilities_.literals());
    if (segments.size() == 1) {
      exchange.open.emplace(std::move(tag), exchange.sent++);
      outgoing += segments.front();
    } else if (!exchange.open.empty()) {
      exchange.held = std::move(command);
      break;
    } else if (auto sent = co_await send_segments(exchange, std::move(tag), std::move(segments)); !sent) {
      co_return sent;
    }
  }
  if (outgoing.empty()) co_return ok();
  co_return co_await transport_.write(std::move(outgoing));
}

// Waits for `+` after each segment but the last. A tagged reply instead of it ends the command: then no octet
// of the literal may be sent.
Task<Status> Connection::send_segments(Exchange& exchange, std::string tag,
                                       std::vector<std::string> segments) {
  exchange.open.emplace(std::move(tag), exchange.sent++);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (auto sent = co_await transport_.write(std::move(segments[i])); !sent) co_return sent;
    exchange.continued = false;
    while (i + 1 < segments.size() && !exchange.continued) {
      if (auto handled = co_await await_event(exchange); !handled) co_return handled;
      if (exchange.open.empty()) co_return ok();
    }
  }
  co_return ok();
}

Task<Status> Connection::await_event(Exchange& exchange) {
  for (;;) {
    if (auto event = transport_.poll()) co_return co_await handle(exchange, *std::move(event));
    if (transport_.octets_read() - exchange.octets_before > exchange.talk.answer_octets_allowed()) {
      co_return answer_too_long();
    }
    if (auto filled = co_await transport_.fill(silence_max); !filled) co_return filled;
  }
}

Task<Status> Connection::handle(Exchange& exchange, Event event) {
  if (auto* response = std::get_if<Response>(&event)) co_return accept(exchange, std::move(*response));
  if (auto* begin = std::get_if<LiteralBegin>(&event)) exchange.literal_head = std::move(begin->head);
  if (auto* data = std::get_if<LiteralData>(&event)) {
    co_return co_await exchange.talk.on_literal(exchange.literal_head, std::string(data->bytes));
  }
  if (auto* malformed = std::get_if<Malformed>(&event)) {
    exchange.talk.on_malformed();
    co_return note_malformed(malformed->error);
  }
  if (auto* unreadable = std::get_if<Unreadable>(&event)) co_return std::move(unreadable->error);
  co_return ok();
}

Status Connection::accept(Exchange& exchange, Response response) {
  if (auto noted = note(response); !noted) return noted;
  if (std::holds_alternative<Continuation>(response)) {
    exchange.continued = true;
    return ok();
  }
  if (auto* status = std::get_if<StatusResponse>(&response); status != nullptr && !status->tag.empty()) {
    const auto found = exchange.open.find(status->tag);
    if (found == exchange.open.end()) return ok();
    const auto number = found->second;
    exchange.open.erase(found);
    exchange.talk.on_completed(number, std::move(*status));
    return ok();
  }
  exchange.talk.on_response(std::move(response));
  return exchange.talk.bytes_kept() > kept_bytes_max ? Status(answer_too_long()) : ok();
}

// What concerns the connection whoever asked. BYE is an Error: nothing more will come.
Status Connection::note(const Response& response) {
  if (const auto* status = std::get_if<StatusResponse>(&response)) return note_status(*status);
  if (const auto* list = std::get_if<CapabilityList>(&response)) note_capabilities(list->names);
  if (const auto* list = std::get_if<EnabledList>(&response)) {
    qresync_enabled_ = qresync_enabled_ || std::ranges::find(list->names, "QRESYNC") != list->names.end();
  }
  if (!selected_) return ok();
  if (const auto* exists = std::get_if<Exists>(&response)) {
    selected_->grown = selected_->grown || exists->messages > selected_->messages;
    selected_->messages = exists->messages;
  }
  if (std::holds_alternative<Expunge>(response) && selected_->messages > 0) --selected_->messages;
  if (const auto* vanished = std::get_if<Vanished>(&response); vanished != nullptr && !vanished->earlier) {
    const auto gone = std::min<std::uint64_t>(vanished->uids.count(), selected_->messages);
    selected_->messages -= static_cast<std::uint32_t>(gone);
  }
  return ok();
}

void Connection::note_capabilities(const std::vector<std::string>& names) {
  capabilities_ = Capabilities(names);
  ++capability_lists_seen_;
}

Status Connection::note_status(const StatusResponse& status) {
  if (status.code.code == Code::capability) note_capabilities(status.code.words);
  if (selected_ && status.code.code == Code::read_only) selected_->writable = false;
  if (selected_ && status.code.code == Code::permanent_flags) selected_->permanent_flags = status.code.words;
  if (status.code.code == Code::alert) host_->log().write(LogLevel::warn, "alert", {});
  if (status.condition == Condition::bye && status.tag.empty()) {
    close();
    return refusal(status, Subject::session);
  }
  return ok();
}

Status Connection::note_malformed(const Error& error) {
  host_->log().write(LogLevel::warn, "response.malformed", {{"reason", error.detail}});
  if (++malformed_ <= malformed_max) return ok();
  return Error{ErrorKind::limit,
               ErrorScope::account,
               Retry::after(),
               "too many malformed responses",
               {},
               std::string(hint_wait),
               {}};
}

Task<Result<std::string>> Connection::send(Command command) {
  auto tag = next_tag();
  auto segments = command.serialize(tag, capabilities_.literals());
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (auto sent = co_await transport_.write(std::move(segments[i])); !sent)
      co_return std::move(sent).error();
    while (i + 1 < segments.size()) {
      auto response = co_await receive(silence_max);
      if (!response) co_return std::move(response).error();
      if (std::holds_alternative<Continuation>(*response)) break;
      if (const auto* status = std::get_if<StatusResponse>(&*response);
          status != nullptr && status->tag == tag) {
        co_return refusal(*status, Subject::session);
      }
    }
  }
  co_return std::move(tag);
}

Task<Status> Connection::send_line(std::string line) { return transport_.write(std::move(line) + "\r\n"); }

Task<Result<Response>> Connection::receive(Duration silence_limit) {
  for (;;) {
    if (auto response = receive_buffered()) co_return *std::move(response);
    if (auto filled = co_await transport_.fill(silence_limit); !filled) co_return std::move(filled).error();
  }
}

std::optional<Result<Response>> Connection::receive_buffered() {
  while (auto event = transport_.poll()) {
    if (auto* response = std::get_if<Response>(&*event)) {
      if (auto noted = note(*response); !noted) return std::move(noted).error();
      return std::move(*response);
    }
    if (auto* malformed = std::get_if<Malformed>(&*event)) {
      if (auto noted = note_malformed(malformed->error); !noted) return std::move(noted).error();
    }
    if (auto* unreadable = std::get_if<Unreadable>(&*event)) {
      close();
      return std::move(unreadable->error);
    }
  }
  return std::nullopt;
}

Task<Status> Connection::start_tls() {
  // Whoever sits between may have said all that was said so far (RFC 9051 §6.2.1).
  capabilities_ = {};
  qresync_enabled_ = false;
  return transport_.start_tls();
}

}  // namespace hermod::imap
