// MemorySession: one account's connection to the mail server in memory.
#pragma once

#include "hermod/session.hpp"
#include "tests/support/memory_provider/mapping.hpp"
#include "tests/support/memory_provider/memory_mailbox.hpp"

namespace hermod::memory {

class MemorySession final : public Session, private PushFacet, private SearchFacet {
 public:
  MemorySession(SessionOptions options, std::shared_ptr<MemoryMailbox> mailbox, Host& host);

  SessionTraits traits() const noexcept override;
  Task<Result<CollectionPage>> fetch_collections(SyncCursor cursor) override;
  Task<Result<ChangePage>> fetch_changes(CollectionRemoteId collection, SyncCursor cursor,
                                         FetchLimits limits) override;
  Task<Status> fetch_body(CollectionRemoteId collection, RemoteId remote_id, BodySink& sink) override;
  Task<Result<MutationOutcome>> push_mutation(Mutation mutation, std::optional<SyncCursor> cursor) override;
  Facet* facet(std::string_view id) override;
  Task<Status> close() override;

 private:
  static constexpr std::size_t collections_per_page = 50;
  static constexpr std::size_t body_chunk = 64 << 10;

  std::size_t watchable(std::size_t wanted) const noexcept override { return wanted; }
  Task<Result<PushEvent>> wait(std::vector<CollectionRemoteId> collections) override;
  // Its language: text that the raw bytes hold. It knows no parentheses.
  Task<Result<std::vector<FoundItem>>> search(SearchQuery query) override;

  class Call;
  Shape shape(FetchLimits limits) const;
  std::optional<PushEvent> changed_since(const std::vector<CollectionRemoteId>& collections);

  SessionOptions options_;
  std::shared_ptr<MemoryMailbox> mailbox_;
  Host& host_;
  std::size_t calls_ = 0;  // in flight
  // Of wait(): what was told so far.
  std::map<std::string, std::uint64_t> told_;
  std::uint64_t listing_told_ = 0, opened_at_ = 0;
};

}  // namespace hermod::memory
