#include "plugins/imap/session/folder_writes.hpp"

#include <algorithm>
#include <set>

#include "plugins/imap/client/listing.hpp"
#include "plugins/imap/client/mailbox.hpp"
#include "plugins/imap/mapping/collections.hpp"
#include "plugins/imap/mapping/folder_index.hpp"
#include "plugins/imap/wire/mailbox_name.hpp"

namespace hermod::imap {
namespace {

Error of_folder(ErrorKind kind, std::string_view message) {
  return {kind, ErrorScope::collection, Retry::never(), std::string(message), {}, {}, {}};
}
Error no_such_folder() { return of_folder(ErrorKind::not_found, "the mailbox does not exist"); }
Error exists_already() { return of_folder(ErrorKind::conflict, "it exists already"); }
Error not_inbox() { return of_folder(ErrorKind::denied, "INBOX can be neither renamed nor deleted"); }

MutationOutcome with_name(const std::string& name) {
  auto outcome = applied();
  outcome.new_collection = CollectionRemoteId{collection_key(name)};
  return outcome;
}

Task<Result<FolderIndex>> list(Writing& writing) {
  if (auto left = co_await leave_mailbox(writing.connection); !left) co_return std::move(left).error();
  auto listing = co_await list_names(writing.connection);
  if (!listing) co_return std::move(listing).error();
  co_return FolderIndex(*listing);
}

// A bare NO is the server's last word on a name: nothing will be otherwise later.
Task<Status> run(Writing& writing, Command command) {
  auto reply = co_await writing.effects.run(writing.connection, std::move(command), Subject::mailbox);
  if (reply) co_return ok();
  auto error = std::move(reply).error();
  if (error.kind == ErrorKind::unavailable && error.provider_code.empty() && writing.connection.is_open()) {
    error = of_folder(ErrorKind::denied, "the server refuses this for the folder");
  }
  co_return error;
}

// Whether it succeeds or not, the folder is what it was to become.
Task<Status> set_subscribed(Writing& writing, std::string verb, std::string name) {
  (void)co_await writing.connection.run(std::move(Command(verb).astring(name)), Subject::mailbox);
  co_return ok();
}

Task<Status> rename(Writing& writing, std::string from, std::string to) {
  co_return co_await run(writing, std::move(Command("RENAME").astring(from).astring(to)));
}

}  // namespace

Task<Result<MutationOutcome>> create_collection(Writing& writing, CreateCollection change) {
  const auto folders = co_await list(writing);
  if (!folders) co_return folders.error();
  const auto name = folders->name_below(change.parent.bytes, change.name);
  if (!name) co_return name.error();
  if (!folders->is_mailbox(*name)) {
    if (auto created = co_await run(writing, std::move(Command("CREATE").astring(*name))); !created)
      co_return std::move(created).error();
  } else if (!writing.repeats()) {
    co_return exists_already();
  }
  (void)co_await set_subscribed(writing, "SUBSCRIBE", *name);
  co_return with_name(*name);
}

Task<Result<MutationOutcome>> rename_collection(Writing& writing, RenameCollection change) {
  const std::string from = change.collection.bytes;
  if (is_inbox(from)) co_return not_inbox();
  const auto before = co_await list(writing);
  if (!before) co_return before.error();
  const auto to = before->name_below(change.new_parent.bytes, change.new_name);
  if (!to) co_return to.error();
  if (*to == from && before->is_there(from)) co_return with_name(*to);
  if (before->is_below(*to, from)) {
    co_return of_folder(ErrorKind::invalid_argument, "a folder cannot be moved below itself");
  }
  const bool renamed = writing.repeats() && !before->is_there(from) && before->is_there(*to);
  if (!renamed) {
    if (!before->is_there(from)) co_return no_such_folder();
    if (before->is_there(*to)) co_return exists_already();
    if (auto done = co_await rename(writing, from, *to); !done) co_return std::move(done).error();
  }
  const auto after = co_await list(writing);
  if (!after) co_return after.error();
  auto outcome = with_name(*to);
  std::set<std::string> rests;  // of the names, behind the folder's own
  for (const auto& name : after->below(from)) {
    const auto rest = name.substr(from.size());
    if (auto moved = co_await rename(writing, name, *to + rest); !moved) continue;
    rests.insert(rest);
  }
  for (const auto& name : after->below(*to)) {
    const auto rest = name.substr(to->size());
    if (renamed || before->is_there(from + rest)) rests.insert(rest);
  }
  for (const auto& rest : rests) outcome.moved_collections.push_back({{from + rest}, {*to + rest}});
  rests.emplace();
  for (const auto& rest : rests) {
    if (!before->is_subscribed(from + rest)) continue;
    (void)co_await set_subscribed(writing, "SUBSCRIBE", *to + rest);
    (void)co_await set_subscribed(writing, "UNSUBSCRIBE", from + rest);
  }
  co_return std::move(outcome);
}

Task<Result<MutationOutcome>> delete_collection(Writing& writing, DeleteCollection change) {
  const std::string name = change.collection.bytes;
  if (is_inbox(name)) co_return not_inbox();
  const auto folders = co_await list(writing);
  if (!folders) co_return folders.error();
  if (!folders->is_there(name) && !writing.repeats()) co_return no_such_folder();
  auto names = folders->below(name);
  std::ranges::reverse(names);  // a server keeps a folder as long as there are some below it, or refuses
  if (folders->is_there(name)) names.push_back(name);
  for (const auto& each : names) {
    auto deleted = co_await run(writing, std::move(Command("DELETE").astring(each)));
    // A mere container goes with the last one below it.
    if (!deleted && (folders->is_mailbox(each) || !writing.connection.is_open())) {
      co_return std::move(deleted).error();
    }
    (void)co_await set_subscribed(writing, "UNSUBSCRIBE", each);
  }
  co_return applied();
}

}  // namespace hermod::imap
