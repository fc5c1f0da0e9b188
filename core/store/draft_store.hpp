// Drafts: messages whose bytes applications write. A new version is shown at once and put into the mailbox by
// an action (action_store.hpp), in the place of the one that is there; its public id stays.
//
//   create, update ──► shown, action pending ──► prepare ──► PutDraft ──► confirm: it is what the mailbox has
//                                                               └ refused for good ──► the version before is
//                                                               shown again
//
// `messages.identity`, `raw_hash` and the blob are those of the version that the mailbox has; everything else
// of the row is the newest version's. The bytes of what is on its way are in action_bytes.
#pragma once

#include <unordered_map>

#include "core/store/action_store.hpp"
#include "core/store/page.hpp"

namespace hermod::store {

struct DraftWrite {
  std::string raw;                      // its Message-ID is no other message's
  MessageContent content;               // of raw
  std::optional<std::string> details;   // JSON object
  std::optional<std::string> metadata;  // JSON object
  std::optional<bool> unread, starred;
};
struct WrittenDraft {
  ids::ObjectId message_id, action_id;
};
// In the folder of that id. A race with the sync about a thread is run again.
Result<WrittenDraft> create_draft(Connection& connection, const ids::ObjectId& account_id,
                                  const ids::ObjectId& folder_id, const DraftWrite& write);
// Which version a message shows: its Message-ID, as each has one of its own; none where another client gave
// it none. Error{not_found}: there is no such message.
using DraftVersion = std::optional<std::string>;
Result<DraftVersion> version_of_draft(Connection& connection, const ids::ObjectId& account_id,
                                      const ids::ObjectId& message_id);
// In the place of `base`, which was read before anything that the new version takes over. Error{conflict}:
// another one is shown by now. Error{not_found}: there is no such message.
Result<WrittenDraft> update_draft(Connection& connection, const ids::ObjectId& account_id,
                                  const ids::ObjectId& folder_id, const ids::ObjectId& message_id,
                                  const DraftVersion& base, const DraftWrite& write);

// Of the versions shown; a draft without details has no entry.
Result<std::unordered_map<ids::ObjectId, std::string>> draft_details(
    Connection& connection, const ids::ObjectId& account_id, const std::vector<ids::ObjectId>& message_ids);
// Of the version that is shown, while the mailbox does not have it.
Result<std::optional<std::string>> pending_bytes(Connection& connection, const ids::ObjectId& account_id,
                                                 const ids::ObjectId& message_id);

// --- the worker's side
// ---------------------------------------------------------------------------------------

struct PreparedDraft {
  ids::ObjectId collection_id;
  std::string raw;
  std::optional<RemoteId> replaces;
  FlagSet flags;
  std::int64_t received_at = 0;
};
// Nothing: the action brings no bytes.
Result<std::optional<PreparedDraft>> prepare_draft(Connection& connection, const ids::ObjectId& account_id,
                                                   const Action& action);

// Where the sync has met what the action put, for a provider that does not say where it went. Nothing:
// nowhere yet.
struct FoundDraft {
  RemoteId remote_id;
  std::string identity;  // of the message that lies there
};
Result<std::optional<FoundDraft>> find_put_draft(Connection& connection, const ids::ObjectId& account_id,
                                                 const Action& action);

struct ConfirmedDraft {
  const PreparedDraft* draft = nullptr;
  RemoteId remote_id;
  std::string_view version;  // empty: unknown
  std::string identity;      // as ingest would give it
  StoredBlob blob;
};
// The action is done.
Status confirm_draft(Connection& connection, const AccountEpoch& account, const Action& action,
                     const ConfirmedDraft& confirmed, std::int64_t round);

// For the transaction that ends a refused action, while it is still there: the version that the mailbox has
// is shown again, unless a newer one is on its way.
Status take_back_draft(Connection& connection, const ids::ObjectId& account_id, const Action& action,
                       std::vector<Change>& changes);

}  // namespace hermod::store
