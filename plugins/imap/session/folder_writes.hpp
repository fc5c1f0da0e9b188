// Folders made, renamed and deleted (RFC 9051 §6.3.4 to §6.3.8). Their names are what the server lists then.
//
// Each begins and a repeat is judged by a LIST: what is reached already is done. Clients show what is
// subscribed, and no server carries a subscription along, so subscriptions are moved as well; that they could
// not be is no failure. Of a connection that changes folders no mailbox is open.
#pragma once

#include "plugins/imap/session/writing.hpp"

namespace hermod::imap {

Task<Result<MutationOutcome>> create_collection(Writing& writing, CreateCollection change);
// With those below it, whoever renames them: the server (§6.3.6), or we where it did not.
Task<Result<MutationOutcome>> rename_collection(Writing& writing, RenameCollection change);
// Those below it stay, and it with them as a mere container where the server needs one. Error{conflict}: it
// is nothing else already.
Task<Result<MutationOutcome>> delete_collection(Writing& writing, DeleteCollection change);

}  // namespace hermod::imap
