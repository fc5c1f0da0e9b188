#include "plugins/imap/session/writing.hpp"

#include <algorithm>

#include "plugins/imap/client/mailbox.hpp"
#include "plugins/imap/client/store.hpp"
#include "plugins/imap/mapping/flags.hpp"
#include "plugins/imap/mapping/item_id.hpp"
#include "plugins/imap/session/known_items.hpp"
#include "plugins/imap/wire/ascii.hpp"

namespace hermod::imap {
namespace {

// Whoever asked must change something, or nobody can.
bool is_final(const Error& error) {
  const bool of_the_account = error.scope == ErrorScope::account || error.scope == ErrorScope::provider;
  return error.retry.when == Retry::When::never ||
         (error.retry.when == Retry::When::after_user_action && !of_the_account);
}

bool keeps_deleted_flag(const SelectedMailbox& mailbox) {
  return !mailbox.permanent_flags || std::ranges::any_of(*mailbox.permanent_flags, [](const auto& flag) {
    return equals_ignoring_case(flag, "\\Deleted");
  });
}

}  // namespace

Error no_such_message() {
  return {ErrorKind::not_found, ErrorScope::item, Retry::never(), "there is no such message", {}, {}, {}};
}

MutationOutcome applied() {
  MutationOutcome outcome;
  outcome.result = MutationResult::applied;
  return outcome;
}

Result<MutationOutcome> verdict(Error error, const Effects& effects) {
  MutationOutcome outcome;
  if (is_final(error)) {
    const bool changed = error.kind == ErrorKind::conflict && error.scope == ErrorScope::item;
    outcome.result = changed ? MutationResult::conflict : MutationResult::failed;
    error.retry = Retry::never();
  } else if (!effects.possible()) {
    return error;
  }
  outcome.error = std::move(error);
  return outcome;
}

Task<Status> open_to_write(Writing& writing, std::string mailbox) {
  const auto& selected = writing.connection.selected();
  const bool usable = selected && selected->name == mailbox && selected->writable;
  if (usable && !writing.anew) co_return ok();
  co_return co_await open_for_writing(writing.connection, std::move(mailbox));
}

Task<Result<std::optional<KnownItem>>> known_item(Writing& writing, ItemAddress item) {
  const auto address = parse_item_id(item.remote_id);
  if (!address) co_return std::optional<KnownItem>{};
  KnownItems known(writing.known, item.collection, address->uid_validity);
  auto found = co_await known.find(UidSet::of({address->uid}));
  if (!found) co_return std::move(found).error();
  if (found->empty()) co_return std::optional<KnownItem>{};
  co_return std::optional(std::move(found->begin()->second));
}

// A command on a UID that came after the selection may answer OK and do nothing: the server has not told us of it.
Task<Result<std::optional<Uid>>> open_item(Writing& writing, ItemAddress item) {
  const auto address = parse_item_id(item.remote_id);
  if (!address) co_return no_such_message();
  if (const auto& selected = writing.connection.selected(); selected && selected->name == item.collection.bytes) {
    if (!selected->uid_next || address->uid >= *selected->uid_next) writing.anew = true;
  }
  if (auto opened = co_await open_to_write(writing, item.collection.bytes); !opened)
    co_return std::move(opened).error();
  co_return co_await uid_of(writing, std::move(item));
}

Task<Result<std::optional<Uid>>> uid_of(Writing& writing, ItemAddress item) {
  const auto address = parse_item_id(item.remote_id);
  if (!address) co_return no_such_message();
  const auto& selected = writing.connection.selected();
  if (selected->uid_validity == address->uid_validity) co_return std::optional(address->uid);
  if (selected->uids_sticky) co_return no_such_message();
  const auto known = co_await known_item(writing, std::move(item));
  if (!known) co_return known.error();
  if (!*known) co_return std::optional<Uid>{};
  const auto& held = **known;
  co_return co_await find_message(writing.connection, Uid{1},
                                  {held.object_key, held.message_id, held.size, held.received_at});
}

Task<Status> check_version(Writing& writing, Uid uid, std::optional<RemoteVersion> base) {
  if (!base || writing.repeats()) co_return ok();
  const auto state = co_await fetch_state(writing.connection, uid);
  if (!state) co_return state.error();
  if (!*state) co_return no_such_message();
  if (version_of(map_flags(*(*state)->flags)) != *base) co_return changed_meanwhile();
  co_return ok();
}

Task<Result<std::optional<FoundMessage>>> find_in(Writing& writing, std::string mailbox, Uid first,
                                                  ItemKeys keys) {
  auto opened = co_await open_mailbox(writing.connection, std::move(mailbox), std::nullopt, nullptr);
  if (!opened) co_return std::move(opened).error();
  const auto uid_validity = writing.connection.selected()->uid_validity;
  const bool lasts = writing.connection.selected()->uids_sticky;
  const auto uid = co_await find_message(writing.connection, lasts ? first : Uid{1}, std::move(keys));
  if (!uid) co_return uid.error();
  if (!*uid) co_return std::optional<FoundMessage>{};
  co_return FoundMessage{{uid_validity, **uid}, lasts};
}

Task<Result<Removed>> remove_message(Writing& writing, Uid uid) {
  if (!keeps_deleted_flag(*writing.connection.selected())) {
    co_return Error{ErrorKind::denied,
                    ErrorScope::collection,
                    Retry::never(),
                    "messages of this mailbox cannot be deleted",
                    {},
                    {},
                    {}};
  }
  const auto flags =
      co_await store_flags(writing.connection, writing.effects, uid, {{"\\Deleted"}, {}, std::nullopt});
  if (!flags) co_return flags.error();
  if (!*flags) co_return Removed::none;
  const auto gone = co_await expunge(writing.connection, writing.effects, uid);
  if (!gone) co_return gone.error();
  co_return *gone ? Removed::expunged : Removed::flagged;
}

}  // namespace hermod::imap
