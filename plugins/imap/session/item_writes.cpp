#include "plugins/imap/session/item_writes.hpp"

#include "plugins/imap/client/fetch.hpp"
#include "plugins/imap/client/listing.hpp"
#include "plugins/imap/client/store.hpp"
#include "plugins/imap/mapping/flags.hpp"
#include "plugins/imap/mapping/item_id.hpp"
#include "plugins/imap/mapping/items.hpp"

namespace hermod::imap {
namespace {

MutationOutcome unknown_whether_done() {
  MutationOutcome outcome;
  outcome.error = Error{ErrorKind::not_found,
                        ErrorScope::item,
                        Retry::never(),
                        "whether the message was written cannot be told",
                        {},
                        {},
                        {}};
  return outcome;
}

MutationOutcome arrived_at(const std::optional<FoundMessage>& found) {
  auto outcome = applied();
  if (found && found->address_lasts) outcome.new_remote_id = item_id(found->at.uid_validity, found->at.uid);
  return outcome;
}

ItemKeys keys_of_known(const KnownItem& item) {
  return {item.object_key, item.message_id, item.size, item.received_at};
}

// One message on its way to another mailbox.
class Passage {
 public:
  Passage(Writing& writing, ItemAddress item, CollectionRemoteId to, Transfer wanted)
      : writing_(writing),
        connection_(writing.connection),
        item_(std::move(item)),
        to_(std::move(to)),
        wanted_(wanted) {}

  Task<Result<MutationOutcome>> run(std::optional<RemoteVersion> base) {
    const auto uid = co_await open_item(writing_, item_);
    if (!uid) co_return uid.error();
    uid_ = *uid;
    const bool tells_where = connection_.capabilities().uid_plus();
    if (base || writing_.repeats() || !tells_where) {
      if (auto looked = co_await look(); !looked) co_return std::move(looked).error();
      if (here_ && base && !writing_.repeats() && version_ != *base) co_return changed_meanwhile();
    }
    if (writing_.repeats()) {
      auto outcome = co_await take_up();
      if (!outcome) co_return std::move(outcome).error();
      if (*outcome) co_return **std::move(outcome);
    } else if (looked_ && !here_) {
      co_return no_such_message();
    }
    if (!tells_where) {
      if (auto noted = co_await note_uid_next(); !noted) co_return std::move(noted).error();
    }
    co_return co_await pass();
  }

 private:
  bool moves() const { return wanted_ == Transfer::move; }

  // Is the message here, and what is known of it?
  Task<Status> look() {
    looked_ = true;
    if (uid_) {
      auto fetched = co_await fetch_facts(connection_, UidSet::of({*uid_}));
      if (!fetched) co_return std::move(fetched).error();
      if (const auto found = fetched->by_uid.find(*uid_); found != fetched->by_uid.end()) {
        const auto item = map_item(found->second, UidValidity{});
        here_ = true;
        version_ = item.version;
        keys_ = keys_of(item);
        co_return ok();
      }
      // Listed and not given out: here, and only the store knows more of it.
      here_ = !fetched->refused.empty();
    }
    const auto known = co_await known_item(writing_, item_);
    if (!known) co_return known.error();
    if (*known) keys_ = keys_of_known(**known);
    co_return ok();
  }

  // What is left to do of an earlier attempt; absent: all of it.
  Task<Result<std::optional<MutationOutcome>>> take_up() {
    if (!keys_ || !can_be_found(*keys_)) co_return std::optional(unknown_whether_done());
    const auto found = co_await find_in(writing_, to_.bytes, Uid{1}, *keys_);
    if (!found) co_return found.error();
    if (!*found && !here_) co_return no_such_message();
    if (*found && (!moves() || !here_)) co_return std::optional(arrived_at(*found));
    const auto uid = co_await open_item(writing_, item_);
    if (!uid) co_return uid.error();
    uid_ = *uid;
    if (!uid_) co_return no_such_message();
    if (!*found) co_return std::optional<MutationOutcome>{};
    const auto removed = co_await remove_message(writing_, *uid_);
    if (!removed) co_return removed.error();
    co_return std::optional(arrived_at(*found));
  }

  Task<Status> note_uid_next() {
    const auto status = co_await fetch_status(connection_, to_.bytes);
    if (!status) co_return status.error();
    if (status->uid_next) uid_next_ = *status->uid_next;
    co_return ok();
  }

  Task<Result<MutationOutcome>> pass() {
    if (!uid_) co_return no_such_message();
    const bool at_once = moves() && connection_.capabilities().move();
    auto destination = co_await transfer(connection_, writing_.effects,
                                         at_once ? Transfer::move : Transfer::copy, *uid_, to_.bytes);
    if (!destination) co_return std::move(destination).error();
    if (!*destination && !looked_) {
      if (auto looked = co_await look(); !looked) co_return std::move(looked).error();
      if (!here_ && !at_once) co_return no_such_message();
    }
    const bool proven = *destination || here_;
    if (moves() && !at_once) {
      const auto removed = co_await remove_message(writing_, *uid_);
      if (!removed) co_return removed.error();
    }
    if (*destination) co_return arrived_at(FoundMessage{**destination, true});
    auto found = keys_ ? co_await find_in(writing_, to_.bytes, uid_next_, *keys_)
                       : Result<std::optional<FoundMessage>>(std::optional<FoundMessage>{});
    if (!found) found = std::optional<FoundMessage>{};  // it went there all the same
    if (!proven && !*found) co_return no_such_message();
    co_return arrived_at(*found);
  }

  Writing& writing_;
  Connection& connection_;
  ItemAddress item_;
  CollectionRemoteId to_;
  Transfer wanted_;
  std::optional<Uid> uid_;
  Uid uid_next_{1};  // of the target, before
  bool looked_ = false, here_ = false;
  RemoteVersion version_;
  std::optional<ItemKeys> keys_;
};

}  // namespace

// Into the mailbox in which it lies it would get a new address, for nothing.
Task<Result<MutationOutcome>> move_item(Writing& writing, MoveItem change,
                                        std::optional<RemoteVersion> base) {
  if (change.to == change.item.collection) {
    auto outcome = applied();
    outcome.new_remote_id = std::move(change.item.remote_id);
    co_return std::move(outcome);
  }
  Passage passage(writing, std::move(change.item), std::move(change.to), Transfer::move);
  co_return co_await passage.run(std::move(base));
}

Task<Result<MutationOutcome>> copy_item(Writing& writing, CopyItem change,
                                        std::optional<RemoteVersion> base) {
  Passage passage(writing, std::move(change.item), std::move(change.to), Transfer::copy);
  co_return co_await passage.run(std::move(base));
}

Task<Result<MutationOutcome>> delete_item(Writing& writing, ItemAddress item,
                                          std::optional<RemoteVersion> base) {
  const auto uid = co_await open_item(writing, std::move(item));
  if (!uid) co_return uid.error();
  if (*uid) {
    if (auto checked = co_await check_version(writing, **uid, std::move(base)); !checked)
      co_return std::move(checked).error();
  }
  auto removed = Removed::none;
  if (*uid) {
    const auto result = co_await remove_message(writing, **uid);
    if (!result) co_return result.error();
    removed = *result;
  }
  if (removed == Removed::none && !writing.repeats()) co_return no_such_message();
  co_return applied();
}

}  // namespace hermod::imap
