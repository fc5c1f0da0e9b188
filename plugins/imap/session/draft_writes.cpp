#include "plugins/imap/client/fetch.hpp"
#include "plugins/imap/mapping/flags.hpp"
#include "plugins/imap/mapping/item_id.hpp"
#include "plugins/imap/mapping/items.hpp"
#include "plugins/imap/session/item_writes.hpp"

namespace hermod::imap {
namespace {

// Lines end in CRLF on the wire, whatever they ended in (RFC 5322 §2.1).
std::string with_line_ends(std::string_view raw) {
  std::string out;
  out.reserve(raw.size() + raw.size() / 32);
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\n') {
      out += "\r\n";
    } else if (raw[i] != '\r') {
      out += raw[i];
    } else if (i + 1 == raw.size() || raw[i + 1] != '\n') {
      out += "\r\n";
    }
  }
  return out;
}

Error cannot_be_sent() {
  return {ErrorKind::invalid_argument,
          ErrorScope::item,
          Retry::never(),
          "a message cannot hold a NUL",
          {},
          {},
          {}};
}

MutationOutcome unknown_whether_put() {
  MutationOutcome outcome;
  outcome.error = Error{ErrorKind::not_found,
                        ErrorScope::item,
                        Retry::never(),
                        "the draft has no Message-ID to look for",
                        {},
                        {},
                        {}};
  return outcome;
}

// Gives the new one's UID where it can be told.
Task<Result<std::optional<Uid>>> append_draft(Writing& writing, std::string mailbox, NewMessage message,
                                              std::string message_id) {
  const auto first = writing.connection.selected()->uid_next.value_or(Uid{1});
  const auto destination =
      co_await append(writing.connection, writing.effects, std::move(mailbox), std::move(message));
  if (!destination) co_return destination.error();
  if (*destination) co_return std::optional((*destination)->uid);
  if (message_id.empty()) co_return std::optional<Uid>{};
  co_return co_await find_message(writing.connection, first, {{}, std::move(message_id), 0, 0});
}

// The old one goes once the new one is there. One that cannot be removed is told by the next delta.
Task<Status> remove_replaced(Writing& writing, Uid uid) {
  auto removed = co_await remove_message(writing, uid);
  if (!removed && !writing.connection.is_open()) co_return std::move(removed).error();
  co_return ok();
}

Task<Result<MutationOutcome>> outcome_of(Writing& writing, std::optional<Uid> uid) {
  auto outcome = applied();
  if (!uid) co_return std::move(outcome);
  const auto& selected = *writing.connection.selected();
  if (selected.uids_sticky) outcome.new_remote_id = item_id(selected.uid_validity, *uid);
  auto fetched = co_await fetch_facts(writing.connection, UidSet::of({*uid}));
  if (!fetched && !writing.connection.is_open()) co_return std::move(fetched).error();
  if (!fetched || fetched->by_uid.empty()) co_return std::move(outcome);
  auto item = map_item(fetched->by_uid.begin()->second, selected.uid_validity);
  outcome.new_version = std::move(item.version);
  outcome.object_key = std::move(item.object_key);
  co_return std::move(outcome);
}

}  // namespace

Task<Result<MutationOutcome>> put_draft(Writing& writing, PutDraft draft, std::optional<RemoteVersion> base) {
  NewMessage message{with_line_ends(draft.raw), {}, draft.received_at};
  if (!is_sendable(message.raw)) co_return cannot_be_sent();
  draft.flags.add(Flag::draft);
  message.flags = wire_flags(draft.flags, {});
  auto message_id = message_id_in(std::string_view(message.raw).substr(0, message.raw.find("\r\n\r\n")));
  if (auto opened = co_await open_to_write(writing, draft.collection.bytes); !opened)
    co_return std::move(opened).error();
  std::optional<Uid> replaced;
  if (draft.replaces) {
    const auto uid = co_await uid_of(writing, {draft.collection, *draft.replaces});
    if (!uid) co_return uid.error();
    replaced = *uid;
  }
  if (replaced) {
    if (auto checked = co_await check_version(writing, *replaced, std::move(base)); !checked)
      co_return std::move(checked).error();
  }
  std::optional<Uid> uid;
  if (writing.repeats()) {
    if (message_id.empty()) co_return unknown_whether_put();
    const auto found = co_await find_message(writing.connection, Uid{1}, {{}, message_id, 0, 0});
    if (!found) co_return found.error();
    if (*found != replaced) uid = *found;
  }
  if (!uid) {
    const auto appended =
        co_await append_draft(writing, draft.collection.bytes, std::move(message), std::move(message_id));
    if (!appended) co_return appended.error();
    uid = *appended;
  }
  if (replaced) {
    if (auto removed = co_await remove_replaced(writing, *replaced); !removed)
      co_return std::move(removed).error();
  }
  co_return co_await outcome_of(writing, uid);
}

}  // namespace hermod::imap
