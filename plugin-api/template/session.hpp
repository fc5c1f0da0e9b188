// TemplateSession: one account's "connection". The smallest Session that follows the contract: one folder
// that can only be read, with three messages that never change.
//
// Owned by the host, which calls it on the account's strand: no locks, no threads, no thread_local. What a
// real plugin needs of the outside (streams, HTTP, clock, log) it takes from the Host given to open().
#pragma once

#include "hermod/session.hpp"

namespace hermod_template {

class TemplateSession final : public hermod::Session {
 public:
  hermod::SessionTraits traits() const noexcept override;
  hermod::Task<hermod::Result<hermod::CollectionPage>> fetch_collections(hermod::SyncCursor cursor) override;
  hermod::Task<hermod::Result<hermod::ChangePage>> fetch_changes(hermod::CollectionRemoteId collection,
                                                                 hermod::SyncCursor cursor,
                                                                 hermod::FetchLimits limits) override;
  hermod::Task<hermod::Status> fetch_body(hermod::CollectionRemoteId collection, hermod::RemoteId remote_id,
                                          hermod::BodySink& sink) override;
  hermod::Task<hermod::Result<hermod::MutationOutcome>> push_mutation(
      hermod::Mutation mutation, std::optional<hermod::SyncCursor> cursor) override;
  hermod::Facet* facet(std::string_view id) override;
  hermod::Task<hermod::Status> close() override;
};

}  // namespace hermod_template
