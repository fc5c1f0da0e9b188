// ImapSession: an account's session (RFC 9051). Owned by the host, lives on one strand.
//
// Calls interleave freely: each takes a connection of the pool for its duration. Folders are read by EXAMINE,
// so nothing but a mutation changes a mailbox. Between the pages of a pass a folder keeps what it was told
// (FolderMemory), for the cursor it gave out last and no other; a write makes it forget.
#pragma once

#include <map>

#include <hermod/session.hpp>

#include "plugins/imap/client/account.hpp"
#include "plugins/imap/client/listing.hpp"
#include "plugins/imap/client/pool.hpp"
#include "plugins/imap/session/folder_memory.hpp"
#include "plugins/imap/session/push.hpp"
#include "plugins/imap/session/search.hpp"

namespace hermod::imap {

class ImapSession final : public Session {
 public:
  // `first` is logged in.
  ImapSession(Host& host, AccountSettings account, std::unique_ptr<Connection> first);

  SessionTraits traits() const noexcept override;
  Task<Result<CollectionPage>> fetch_collections(SyncCursor cursor) override;
  Task<Result<ChangePage>> fetch_changes(CollectionRemoteId collection, SyncCursor cursor,
                                         FetchLimits limits) override;
  Task<Status> fetch_body(CollectionRemoteId collection, RemoteId remote_id, BodySink& sink) override;
  Task<Result<MutationOutcome>> push_mutation(Mutation mutation, std::optional<SyncCursor> cursor) override;
  Facet* facet(std::string_view id) override;
  Task<Status> close() override;

 private:
  using Lister = Task<Result<FolderListing>> (*)(Connection&);
  Task<Result<FolderListing>> list(Lister lister);
  void note_trash(const std::vector<Collection>& collections);
  FolderMemory take_memory(const std::string& mailbox, const SyncCursor& cursor);
  Task<Result<Mutation>> with_trash_named(Mutation mutation);

  Host& host_;
  AccountSettings account_;
  ConnectionPool pool_;
  std::map<std::string, FolderMemory> memories_;
  FolderStates states_;
  std::optional<CollectionRemoteId> trash_;  // as the last listing told; empty: there is none
  ImapPush push_;
  ImapSearch search_;
};

}  // namespace hermod::imap
