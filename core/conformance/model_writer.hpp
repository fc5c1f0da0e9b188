// ModelWriter: the engine's queue of writes in small: pushes a mutation, repeats it while its outcome is
// unknown, and confirms in the store what the provider answered.
#pragma once

#include "core/conformance/model_engine.hpp"

namespace hermod::conformance {

class ModelWriter {
 public:
  static constexpr int attempts_max = 5;  // then an outcome stays unknown

  ModelWriter(Subject& subject, ModelEngine& engine, ModelStore& store);

  bool declares(std::string_view mutation) const;
  // With a marker of its own.
  template <class Change>
  Mutation mutation(Change change, std::optional<RemoteVersion> base = {}) {
    return {std::move(change), std::move(base), "conformance-" + std::to_string(++markers_), 1};
  }

  // Until the outcome is known. What a provider answers by an Error is an outcome that failed with it.
  MutationOutcome push(Mutation mutation);
  // The same when the first answer came, but the program died before it was committed.
  MutationOutcome push_twice(Mutation mutation);
  // The same when the program died so many steps after it had begun to push. `cut` says whether it did so
  // before the answer was there.
  MutationOutcome push_cut(Mutation mutation, std::size_t steps, bool& cut);

 private:
  Result<MutationOutcome> send(const Mutation& mutation);
  std::optional<SyncCursor> cursor_for(const Mutation& mutation) const;
  CollectionRemoteId fetched(const Mutation& mutation) const;  // whose cursor a write may move; empty: none

  Subject& subject_;
  ModelEngine& engine_;
  ModelStore& store_;
  std::vector<std::string> declared_;
  std::size_t markers_ = 0;
};

// Whether the item, or where it was to go, was not there.
bool not_found(const MutationOutcome& outcome);

}  // namespace hermod::conformance
