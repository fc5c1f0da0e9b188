#include "plugins/imap/client/body_stream.hpp"

#include "plugins/imap/client/search.hpp"
#include "plugins/imap/wire/ascii.hpp"

namespace hermod::imap {
namespace {

// Whether the line before a literal says that the literal is the whole message.
bool announces_whole_message(std::string_view head) {
  constexpr std::string_view item = "BODY[] ";
  return head.size() >= item.size() && equals_ignoring_case(head.substr(head.size() - item.size()), item);
}

class BodyFetch final : public Conversation {
 public:
  BodyFetch(Uid uid, BodySink& sink) : uid_(uid), sink_(sink) {
    command_.emplace("UID FETCH " + std::to_string(uid.value) + " (UID BODY.PEEK[])");
  }
  std::optional<Command> next_command() override { return std::exchange(command_, std::nullopt); }
  void on_completed(std::size_t, StatusResponse status) override { reply = std::move(status); }
  void on_malformed() override { damaged = true; }

  std::uint64_t answer_octets_allowed() const override { return WireLimits{}.literal_octets_max; }
  std::uint64_t bytes_kept() const override { return inlined ? inlined->size() : 0; }

  // Small messages come inside their response.
  void on_response(Response response) override {
    auto* fetch = std::get_if<FetchResponse>(&response);
    if (fetch == nullptr || fetch->sections.empty()) return;
    if (fetch->uid != uid_) {
      damaged = true;  // what was streamed belonged to another message
      return;
    }
    for (auto& section : fetch->sections) {
      if (!section.section.empty()) continue;
      delivered = delivered || section.presence == BodySection::Presence::streamed;
      if (section.presence == BodySection::Presence::inlined) inlined = std::move(section.bytes);
    }
  }

  Task<Status> on_literal(std::string_view head, std::string bytes) override {
    if (!announces_whole_message(head)) co_return ok();
    co_return co_await sink_.write(std::move(bytes));
  }

  StatusResponse reply;
  std::optional<std::string> inlined;
  bool delivered = false;
  bool damaged = false;

 private:
  Uid uid_;
  BodySink& sink_;
  std::optional<Command> command_;
};

Error item_error(ErrorKind kind, Retry retry, std::string_view message) {
  return {kind, ErrorScope::item, retry, std::string(message), {}, {}, {}};
}

}  // namespace

Task<Status> stream_body(Connection& connection, Uid uid, BodySink& sink) {
  BodyFetch fetch(uid, sink);
  if (auto status = co_await connection.converse(fetch, 1); !status) co_return status;
  if (fetch.reply.condition != Condition::ok) co_return refusal(fetch.reply, Subject::message);
  if (fetch.damaged) {
    co_return item_error(ErrorKind::invalid_data, Retry::after(), "a part of the message was malformed");
  }
  if (fetch.inlined) co_return co_await sink.write(*std::move(fetch.inlined));
  if (fetch.delivered) co_return ok();
  // OK without the message: expunged, or a fault of the server. Only a search can tell.
  const auto existing = co_await search_existing(connection, uid, uid);
  if (!existing) co_return existing.error();
  if (existing->empty()) co_return item_error(ErrorKind::not_found, Retry::never(), "the message is gone");
  co_return item_error(ErrorKind::unavailable, Retry::after(), "the server does not give the message out");
}

}  // namespace hermod::imap
