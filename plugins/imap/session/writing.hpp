// Writing: one push_mutation at work on one connection, and the steps that several mutations share. Made for
// the call; strand.
#pragma once

#include <hermod/session.hpp>

#include "plugins/imap/client/effects.hpp"
#include "plugins/imap/client/transfer.hpp"
#include "plugins/imap/session/find_message.hpp"

namespace hermod::imap {

struct Writing {
  Connection& connection;
  Known& known;
  int attempt = 1;
  // Opens the mailbox anew even where it is open: the connection may be dead, or what others did there
  // counts, of which a server tells as it pleases.
  bool anew = false;
  Effects effects{};

  bool repeats() const { return attempt > 1; }
};

Error no_such_message();
MutationOutcome applied();
// What a write that ended in `error` is to the engine: an Error where nothing was done and it may be tried
// again, else an outcome.
Result<MutationOutcome> verdict(Error error, const Effects& effects);

// Opens `mailbox` for writing, unless it is open as a write left it.
Task<Status> open_to_write(Writing& writing, std::string mailbox);

// Opens the item's mailbox for writing and gives its UID there; `uid_of` finds it open. Absent: without
// sticky UIDs it was looked for and not found. Error{not_found}: there is no such address, under this
// UIDVALIDITY at least.
Task<Result<std::optional<Uid>>> open_item(Writing& writing, ItemAddress item);
Task<Result<std::optional<Uid>>> uid_of(Writing& writing, ItemAddress item);

// Error{conflict}: the message of the open mailbox is not at version `base`. A repeat may itself have changed
// it.
Task<Status> check_version(Writing& writing, Uid uid, std::optional<RemoteVersion> base);

// What the store holds of it.
Task<Result<std::optional<KnownItem>>> known_item(Writing& writing, ItemAddress item);

struct FoundMessage {
  Destination at;
  bool address_lasts = true;
};
// Looks for a message in `mailbox`, which it opens.
Task<Result<std::optional<FoundMessage>>> find_in(Writing& writing, std::string mailbox, Uid first,
                                                  ItemKeys keys);

enum class Removed : std::uint8_t {
  none,  // there was no such message
  expunged,
  flagged,  // it is flagged \Deleted and stays until somebody expunges the mailbox
};
// Removes a message of the mailbox that is open for writing.
Task<Result<Removed>> remove_message(Writing& writing, Uid uid);

}  // namespace hermod::imap
