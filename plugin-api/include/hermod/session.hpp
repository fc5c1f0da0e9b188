// Session: one account's open connection to its server(s). Lives on one strand; its methods are called there.
//
// The engine lists the collections, then walks each by fetch_changes from the cursor it committed last. Calls
// interleave at awaits as far as traits().overlap says.
#pragma once

#include "hermod/facet.hpp"
#include "hermod/mutation.hpp"

namespace hermod {

enum class Overlap : std::uint8_t {
  none,           // one call at a time
  wait_plus_one,  // a PushFacet::wait and one other call
  any,
};
enum class WriteSerialization : std::uint8_t { object, collection, account };
enum class RawStability : std::uint8_t { stable, regenerated };  // the same bytes at every fetch, or not

struct SessionTraits {
  Overlap overlap = Overlap::none;
  std::uint32_t calls_max = 1;  // with `any`: more at once bring nothing
  WriteSerialization write_serialization = WriteSerialization::account;
  RawStability raw = RawStability::stable;
};

// Takes a body as it arrives. An Error from it ends the fetch with that Error.
class BodySink {
 public:
  virtual Task<Status> write(std::string chunk) = 0;

 protected:
  ~BodySink() = default;
};

class Session {
 public:
  virtual ~Session() = default;
  virtual SessionTraits traits() const noexcept = 0;

  // Collections, from the cursor of the page before (empty: the first).
  virtual Task<Result<CollectionPage>> fetch_collections(SyncCursor cursor) = 0;

  // The next page of changes. With an empty cursor a Snapshot begins. Error{cursor_invalid}: the engine begins a
  // Snapshot; Error{not_found}: the collection is gone.
  virtual Task<Result<ChangePage>> fetch_changes(CollectionRemoteId collection, SyncCursor cursor,
                                                 FetchLimits limits) = 0;

  // Streams an item's raw bytes into the sink. Error{not_found} when it is gone; what the sink got is then void.
  virtual Task<Status> fetch_body(CollectionRemoteId collection, RemoteId remote_id, BodySink& sink) = 0;

  // Applies a mutation; an Error means that nothing was tried. `cursor` is the collection's committed one, for
  // protocols whose writes move it.
  virtual Task<Result<MutationOutcome>> push_mutation(Mutation mutation, std::optional<SyncCursor> cursor) = 0;

  // The facet of that id, owned by the session; null: not supported.
  virtual Facet* facet(std::string_view id) = 0;

  // Says good-bye to the server. After it only the destructor may follow.
  virtual Task<Status> close() = 0;
};

}  // namespace hermod
